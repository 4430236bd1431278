"""How many readers of a list a segment means."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.model.segments import Rule
from trax_mailer.storage import Ledger
from trax_mailer.storage.lists import list_ids
from trax_mailer.storage.readers import list_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentCount:
    """Of the subscribed readers of a list: who is in the segment and may be mailed, or is suppressed.

    `on_list` may be mailed whether they are in the segment or not.
    """

    list_name: str
    to_mail: int
    kept_out: int
    on_list: int


def count_segment(ledger: Ledger, rule: Rule, *, list_name: str | None = None) -> list[SegmentCount]:
    """The numbers of that list, which must be known; of all of them where none is named."""
    with ledger.read() as connection:
        found = []
        for name, list_id in list_ids(connection).items():
            if list_name in {None, name}:
                inside = list_numbers(connection, list_id, others=(), segment=rule)
                everybody = list_numbers(connection, list_id, others=())
                found.append(
                    SegmentCount(
                        list_name=name,
                        to_mail=inside.to_mail,
                        kept_out=inside.kept_out,
                        on_list=everybody.to_mail,
                    )
                )
        return found
