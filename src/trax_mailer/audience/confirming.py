"""Confirming a subscription: the one act that brings back who left, and what makes a link to it void."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection

from trax_mailer.audience.erasing import forget_erasure
from trax_mailer.audience.joining import kept_out, never_mailed
from trax_mailer.audience.standing import bring_to
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import Subscriber, SubscriptionState, SuppressionReason
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import acts_among, add_act
from trax_mailer.storage.subscribers import SubscriberRow, stored_reader, update_subscribers
from trax_mailer.storage.subscriptions import lists_of
from trax_mailer.storage.suppressions import find_suppression, remove_suppression
from trax_mailer.tokens import KeyRing, LinkPurpose, LinkToken

_LIFTED = frozenset(SuppressionReason) - {SuppressionReason.STAFF}
"""Suppressions that end when the reader confirms: their mailbox works again, or they are back."""


class Confirming(StrEnum):
    """What a link to confirm does now."""

    READY = "ready"
    """It would subscribe the reader."""
    DONE = "done"
    """They are subscribed, by this link or otherwise."""
    EXPIRED = "expired"
    """It is too old."""
    VOID = "void"
    """Something was changed after it was asked for: they left, say, or changed their address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a link to confirm does, and for which list; `list_id` is 0 where that is not known any more."""

    what: Confirming
    list_id: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    what: Confirming
    asked: Act | None = None
    reader: Subscriber | None = None
    address: str = ""


def look_at_confirmation(
    ledger: Ledger, ring: KeyRing, token: LinkToken, *, lasts: dt.timedelta, now: dt.datetime
) -> Confirmation:
    """What the link would do. Changes nothing."""
    with ledger.read() as connection:
        return _told(_look(connection, ring, token, lasts=lasts, now=now))


def confirm(
    ledger: Ledger, ring: KeyRing, token: LinkToken, *, lasts: dt.timedelta, now: dt.datetime
) -> Confirmation:
    """Subscribe the reader where the link is good; the same again changes nothing."""
    with ledger.write() as connection:
        found = _look(connection, ring, token, lasts=lasts, now=now)
        if found.what is not Confirming.READY or found.asked is None or found.reader is None:
            return _told(found)
        act = Act(
            kind=ActKind.CONFIRMATION,
            at=now,
            source="confirm page",
            wording_id=found.asked.wording_id,
            subscriber_id=token.subscriber_id,
            list_id=found.asked.list_id,
            details={"asked": found.asked.id},
        )
        _take_over(connection, found)
        _bring_back(connection, ring, act, address=found.address)
    return _told(replace(found, what=Confirming.DONE))


def join_directly(connection: Connection, ring: KeyRing, act: Act) -> bool:
    """Subscribe the reader of a CONFIRMATION who proved to have the address. False where none is mailed."""
    stored = stored_reader(connection, act.subscriber_id or 0)
    if stored is None or act.list_id is None or kept_out(connection, stored.address):
        return False
    standing = lists_of(connection, act.subscriber_id or 0).get(act.list_id)
    if standing is None or standing.state is not SubscriptionState.SUBSCRIBED:
        _bring_back(connection, ring, act, address=stored.address)
    return True


def _bring_back(connection: Connection, ring: KeyRing, act: Act, *, address: str) -> None:
    """Subscribe the reader of a CONFIRMATION to its list, and lift what their own act lifts."""
    if act.subscriber_id is None or act.list_id is None:
        raise ValueError("a confirmation is about one reader and one list")
    act_id = add_act(connection, act)
    bring_to(
        connection,
        [act.subscriber_id],
        SubscriptionState.SUBSCRIBED,
        list_id=act.list_id,
        kind=act.kind,
        act_id=act_id,
        now=act.at,
    )
    forget_erasure(connection, ring, address)
    suppression = find_suppression(connection, address)
    if suppression is not None and suppression.reason in _LIFTED:
        remove_suppression(connection, address)


def _look(
    connection: Connection, ring: KeyRing, token: LinkToken, *, lasts: dt.timedelta, now: dt.datetime
) -> _Found:
    asked = acts_among(connection, [token.number]).get(token.number)
    stored = stored_reader(connection, token.subscriber_id)
    if (
        token.purpose is not LinkPurpose.CONFIRM
        or asked is None
        or asked.list_id is None
        or asked.subscriber_id != token.subscriber_id
        or stored is None
        or not token.is_for(ring, stored.address)
    ):
        return _Found(Confirming.VOID)
    found = _Found(Confirming.READY, asked, stored.reader, stored.address)
    standing = lists_of(connection, token.subscriber_id).get(asked.list_id)
    suppressed = find_suppression(connection, stored.address) is not None
    if standing is not None and standing.state is SubscriptionState.SUBSCRIBED and not suppressed:
        return replace(found, what=Confirming.DONE)
    # Acts are numbered in the order in which they are done: what came after the asking has the last word.
    if standing is None or standing.act_id > asked.id or never_mailed(connection, stored.address):
        return replace(found, what=Confirming.VOID)
    return found if token.is_fresh(now, lasts=lasts) else replace(found, what=Confirming.EXPIRED)


def _take_over(connection: Connection, found: _Found) -> None:
    """The name and the language that were typed with the asking, now that they are the reader's own."""
    reader = found.reader
    if reader is None or reader.id is None or found.asked is None:
        return
    typed = found.asked.details
    row = SubscriberRow(
        address=found.address,
        email=reader.email,
        name=reader.name or str(typed.get("name", "")),
        language=str(typed.get("language", "")) or reader.language,
        fields=reader.fields,
    )
    update_subscribers(connection, {reader.id: row})


def _told(found: _Found) -> Confirmation:
    list_id = found.asked.list_id if found.asked is not None else None
    return Confirmation(what=found.what, list_id=list_id or 0)
