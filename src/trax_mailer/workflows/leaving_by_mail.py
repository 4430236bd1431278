"""Readers who ask by mail to be taken off: honoured where the mail surely is the reader's, else for staff."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from trax_mailer.audience import heavier, leave, same_address
from trax_mailer.delivery import mark_of
from trax_mailer.events import Mail, parts_of
from trax_mailer.model.act import ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import Ledger
from trax_mailer.storage.copies import Copy, copies_among, places_of
from trax_mailer.storage.mailings import load_mailing

_SAID = SubscriptionState.UNSUBSCRIBED


class Asked(StrEnum):
    """What became of a wish to leave."""

    LEFT = "left"
    """The reader was taken off, or had left before."""
    OVERTAKEN = "overtaken"
    """The reader asked for the list again since then."""
    FOR_STAFF = "for staff"
    """Nobody can be sure who asks, or what for: a person has to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A wish to leave. `delivery` names the copy that was answered; `new` says that it took somebody off."""

    asked: Asked
    delivery: str = ""
    new: bool = False


def grant(ledger: Ledger, mail: Mail, *, now: dt.datetime, dry_run: bool = False) -> Wish:
    """Take the reader off the list whose mail they answered, from the address that it went to.

    The sender alone proves nothing, as anybody can write anything there.
    """
    copy = _answered(ledger, mail)
    if copy is None:
        return Wish(asked=Asked.FOR_STAFF)
    delivery = f"{copy.mailing_id}.{copy.subscriber_id}"
    with ledger.read() as connection:
        places = {one.list_id: one for one in places_of(connection, copy.subscriber_id)}
    place = places.get(copy.list_id)
    if place is not None and place.own_act_at is not None and mail.at <= place.own_act_at:
        return Wish(asked=Asked.OVERTAKEN, delivery=delivery)
    if dry_run:
        moves = place is not None and heavier(place.state, _SAID) is not place.state
        return Wish(asked=Asked.LEFT, delivery=delivery, new=moves)
    new = leave(
        ledger,
        list_id=copy.list_id,
        subscriber_id=copy.subscriber_id,
        kind=ActKind.MAIL,
        now=now,
    )
    return Wish(asked=Asked.LEFT, delivery=delivery, new=new)


def _answered(ledger: Ledger, mail: Mail) -> Copy | None:
    """The copy that the mail answers, written from the address that it went to."""
    with ledger.read() as connection:
        for report in mail.reports:
            parts = parts_of(report.message_id)
            mailing = load_mailing(connection, parts[0]) if parts is not None else None
            if (
                parts is None
                or mailing is None
                or not report.message_id.endswith(f".{mark_of(mailing.envelope)}")
            ):
                continue
            copy = copies_among(connection, {parts}).get(parts)
            if copy and any(same_address(one, copy.sent_to.lower()) for one in mail.senders):
                return copy
    return None
