"""How lists grew, month by month."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from trax_mailer.model.report import GrowthLine
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.lists import find_list_id
from trax_mailer.storage.report_lists import count_growth

_WAYS = {SubscriptionState.BOUNCED: "bounced", SubscriptionState.COMPLAINED: "complained"}


def growth_of(connection: Connection, names: Iterable[str]) -> tuple[GrowthLine, ...]:
    """The months of these lists in which anybody came or went."""
    lines: list[GrowthLine] = []
    for name in sorted(set(names)):
        list_id = find_list_id(connection, name)
        months: dict[str, dict[str, int]] = {}
        for month, state, onto, count in count_growth(connection, list_id) if list_id is not None else ():
            way = "joined" if onto else _WAYS.get(state, "left")
            counts = months.setdefault(month, dict.fromkeys(("joined", "left", "bounced", "complained"), 0))
            counts[way] += count
        size = 0
        for month, counts in sorted(months.items()):
            size += counts["joined"] - counts["left"] - counts["bounced"] - counts["complained"]
            lines.append(GrowthLine(list_name=name, month=month, size=size, **counts))
    return tuple(lines)
