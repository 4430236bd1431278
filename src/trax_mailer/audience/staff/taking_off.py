"""Taking a reader off a list, or off everything, at their word."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from trax_mailer.audience.lists import find_list
from trax_mailer.audience.staff.finding import reader_in
from trax_mailer.audience.standing import bring_to, state_after
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.lists import list_ids
from trax_mailer.storage.subscriptions import lists_of
from trax_mailer.storage.suppressions import add_suppression

_SAID = SubscriptionState.UNSUBSCRIBED


def take_off(
    ledger: Ledger, words: str, *, list_name: str | None, everywhere: bool, act: Act
) -> tuple[str, ...]:
    """Take the reader off the list, or off every list; returns the names of those that they were taken off.

    Without a list it is the only one that they are on. `everywhere` also keeps them off lists to come,
    until they confirm a subscription themselves. Raises Refused where there is no such reader or list,
    and where it is not said which of several.
    """
    only = find_list(ledger, list_name) if list_name else None
    with ledger.write() as connection:
        stored = reader_in(connection, words)
        reader_id = stored.reader.id or 0
        standings = lists_of(connection, reader_id)
        on = [
            list_id
            for list_id, standing in standings.items()
            if state_after(standing.state, _SAID, kind=act.kind) is not standing.state
        ]
        names = {list_id: name for name, list_id in list_ids(connection).items()}
        if not everywhere:
            on = _chosen(on, only, names=names, never=only is not None and only not in standings)
        for list_id in on:
            _leave(connection, reader_id, replace(act, subscriber_id=reader_id, list_id=list_id))
        if everywhere:
            reason = SuppressionReason.UNSUBSCRIBED
            new = add_suppression(connection, stored.address, reason=reason, source=act.by, now=act.at)
            if new and not on:
                add_act(connection, replace(act, subscriber_id=reader_id))
        return tuple(sorted(names[list_id] for list_id in on))


def _leave(connection: Connection, reader_id: int, act: Act) -> None:
    bring_to(
        connection,
        [reader_id],
        _SAID,
        list_id=act.list_id or 0,
        kind=act.kind,
        act_id=add_act(connection, act),
        now=act.at,
    )


def _chosen(on: list[int], only: int | None, *, names: dict[int, str], never: bool) -> list[int]:
    if never:
        raise Refused(
            f"They were never on the list “{names[only or 0]}”.",
            advice="See where they are with: trax subscribers show ADDRESS",
        )
    if only is not None:
        return [list_id for list_id in on if list_id == only]
    if len(on) > 1:
        which = ", ".join(sorted(names[list_id] for list_id in on))
        raise Refused(
            f"They are on several lists: {which}.", advice="Say which with --list NAME, or --everywhere."
        )
    return on
