"""Joining a list: asked for by anybody, confirmed by the reader alone, forgotten where nobody confirms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from trax_mailer.audience.addresses import Address
from trax_mailer.audience.standing import bring_to
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act, last_of_kinds
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers, subscribers_among
from trax_mailer.storage.subscriptions import forget_standings, lists_of
from trax_mailer.storage.suppressions import find_suppression
from trax_mailer.storage.unconfirmed import forget_stranger, unconfirmed

_COMPLAINANTS_WAIT = dt.timedelta(days=30)
"""Anybody may type the address of somebody who complained: they are asked to confirm once in so long."""

_AT_ONCE = 200


class Asking(StrEnum):
    """What follows when somebody asks for a list with an address."""

    CONFIRM = "confirm"
    """They are to be asked for a confirmation."""
    ALREADY = "already"
    """They are subscribed."""
    KEPT_OUT = "kept-out"
    """They are never to be mailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of asking. `act_id` is what a confirmation refers to, 0 where none is to come."""

    what: Asking
    subscriber_id: int | None = None
    act_id: int = 0


def ask_to_join(  # noqa: PLR0913 - each is a fact about the act
    connection: Connection,
    address: Address,
    *,
    list_id: int,
    wording_id: int | None,
    details: Mapping[str, object],
    now: dt.datetime,
    by: str = "",
) -> Asked:
    """Note that somebody asked for the list with the address, which need not be theirs.

    A stranger becomes a reader who is pending; everybody else stays where they stand. `details` are the
    name and the language that were typed: they are kept with the act, and hold once the reader confirms.
    `by` is the person of the staff who asked for somebody else.
    """
    reader = subscribers_among(connection, [address.key]).get(address.key)
    if never_mailed(connection, address.key) or (
        complained(connection, address.key)
        and (by or _asked_lately(connection, reader.id if reader else None, now=now))
    ):
        return Asked(what=Asking.KEPT_OUT)
    if reader is None or reader.id is None:
        row = SubscriberRow(address=address.key, email=address.email, name="", language="", fields={})
        subscriber_id = add_subscribers(connection, [row], now=now)[address.key]
    else:
        subscriber_id = reader.id
        standing = lists_of(connection, subscriber_id).get(list_id)
        suppressed = find_suppression(connection, address.key) is not None
        if standing is not None and standing.state is SubscriptionState.SUBSCRIBED and not suppressed:
            return Asked(what=Asking.ALREADY, subscriber_id=subscriber_id)
    act = Act(
        kind=ActKind.FORM,
        at=now,
        by=by,
        source="asked for by staff" if by else "subscribe form",
        wording_id=wording_id,
        subscriber_id=subscriber_id,
        list_id=list_id,
        details=details,
    )
    act_id = add_act(connection, act)
    said = SubscriptionState.PENDING
    bring_to(connection, [subscriber_id], said, list_id=list_id, kind=act.kind, act_id=act_id, now=now)
    return Asked(what=Asking.CONFIRM, subscriber_id=subscriber_id, act_id=act_id)


def kept_out(connection: Connection, key: str) -> bool:
    """Whether the address, given by its key, gets no mail: staff said so, or its reader complained.

    Who complained may still be asked to confirm, where they ask for a list: see `ask_to_join`.
    """
    return never_mailed(connection, key) or complained(connection, key)


def never_mailed(connection: Connection, key: str) -> bool:
    """Whether staff keep the address from being mailed, whatever its reader does."""
    suppression = find_suppression(connection, key)
    return suppression is not None and suppression.reason is SuppressionReason.STAFF


def complained(connection: Connection, key: str) -> bool:
    """Whether its reader reported a mail as unwanted, and did not come back by their own act since."""
    suppression = find_suppression(connection, key)
    if suppression is not None and suppression.reason is SuppressionReason.COMPLAINED:
        return True
    reader = subscribers_among(connection, [key]).get(key)
    standings = lists_of(connection, reader.id).values() if reader and reader.id is not None else ()
    states = {standing.state for standing in standings}
    # A complaint ends every subscription: one that holds was confirmed later.
    return SubscriptionState.COMPLAINED in states and SubscriptionState.SUBSCRIBED not in states


def _asked_lately(connection: Connection, reader_id: int | None, *, now: dt.datetime) -> bool:
    if reader_id is None:
        return False
    asked = last_of_kinds(connection, {ActKind.FORM}, [reader_id])
    return any(at > now - _COMPLAINANTS_WAIT for at in asked.values())


def expire_pending(ledger: Ledger, *, before: dt.datetime, now: dt.datetime) -> int:
    """Forget the pending subscriptions that were last asked for before that moment. Returns how many.

    Their readers go with them where nothing else is known of them.
    """
    count = 0
    while True:
        with ledger.write() as connection:
            late = unconfirmed(connection, before=before, limit=_AT_ONCE)
            for subscriber_id, list_id in late:
                forget_standings(connection, subscriber_id, list_id=list_id)
                gone = forget_stranger(connection, subscriber_id)
                act = Act(
                    kind=ActKind.EXPIRY,
                    at=now,
                    subscriber_id=None if gone else subscriber_id,
                    list_id=list_id,
                )
                add_act(connection, act)
        count += len(late)
        if len(late) < _AT_ONCE:
            return count
