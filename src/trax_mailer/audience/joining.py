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
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.subscribers import SubscriberRow, add_subscribers, subscribers_among
from trax_mailer.storage.subscriptions import forget_standings, lists_of
from trax_mailer.storage.suppressions import find_suppression
from trax_mailer.storage.unconfirmed import forget_stranger, unconfirmed

_FOR_GOOD = frozenset({SuppressionReason.STAFF, SuppressionReason.COMPLAINED})
"""Suppressed for one of these reasons, an address gets no mail at all, not even to confirm."""

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
    if kept_out(connection, address.key):
        return Asked(what=Asking.KEPT_OUT)
    reader = subscribers_among(connection, [address.key]).get(address.key)
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
    """Whether the address, given by its key, gets no mail at all: staff said so, or its reader complained."""
    suppression = find_suppression(connection, key)
    if suppression is not None and suppression.reason in _FOR_GOOD:
        return True
    reader = subscribers_among(connection, [key]).get(key)
    if reader is None or reader.id is None:
        return False
    standings = lists_of(connection, reader.id).values()
    return any(standing.state is SubscriptionState.COMPLAINED for standing in standings)


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
