"""Deliveries in doubt: the answer was not seen. Evidence settles them or a person does; time never."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from trax_mailer.delivery.control import go_on, requeue_all
from trax_mailer.delivery.plan import load_made
from trax_mailer.errors import Refused
from trax_mailer.model.event import DeliveryEvent
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.storage import Ledger, deliveries, proofs
from trax_mailer.storage.accounts import uncertain
from trax_mailer.storage.events import evidence_of
from trax_mailer.storage.journal import add_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A reader who may have got a copy, or not. `since` is when the call ended without an answer."""

    subscriber_id: int
    delivery: str
    email: str
    reason: str
    since: dt.datetime
    transport: str
    evidence: tuple[DeliveryEvent, ...]


def doubts(ledger: Ledger, mailing_id: int) -> list[Doubt]:
    """Every reader of the mailing in doubt, with what is known. Raises Refused where there is no mailing."""
    with ledger.read() as connection:
        load_made(connection, mailing_id)
        rows = uncertain(connection, mailing_id)
        known = evidence_of(connection, mailing_id, [row.subscriber_id for row in rows])
    return [
        Doubt(
            subscriber_id=row.subscriber_id,
            delivery=f"{mailing_id}.{row.subscriber_id}",
            email=row.address,
            reason=row.reason,
            since=row.changed_at,
            transport=row.transport or "",
            evidence=tuple(known.get(row.subscriber_id, ())),
        )
        for row in rows
    ]


def settle_doubts(  # noqa: PLR0913 - what a person says, and about whom
    ledger: Ledger,
    mailing_id: int,
    *,
    subscribers: Sequence[int],
    as_sent: bool,
    words: str,
    now: dt.datetime,
    wait: dt.timedelta,
) -> int:
    """Take a person's word: `as_sent`, they have got it; else they get it now, and may get it twice.

    Only those are settled who are in doubt still. Returns how many. Raises Refused where somebody is to be
    sent it again whose doubt is younger than `wait`, and where the mailing was cancelled.
    """
    with ledger.write() as connection:
        mailing = load_made(connection, mailing_id)
        open_still = {row.subscriber_id: row.changed_at for row in uncertain(connection, mailing_id)}
        chosen = [one for one in subscribers if one in open_still]
        if not chosen:
            return 0
        if as_sent:
            reason = (
                f"taken as sent, by a person's word: {words}"
                if words
                else "taken as sent, by a person's word"
            )
            settled = [
                deliveries.Settled(subscriber_id=one, handover=Handover.ACCEPTED, reason=reason)
                for one in chosen
            ]
            deliveries.settle(connection, mailing_id, settled, now=now)
            proofs.refresh_proof(connection, mailing_id)
            count, act = len(chosen), "taken as sent"
        else:
            if mailing.state is MailingState.CANCELLED:
                raise Refused(f"Mailing {mailing_id} was cancelled: nobody of it can be sent it again.")
            _refuse_haste([open_still[one] for one in chosen], now=now, wait=wait)
            count = requeue_all(connection, mailing, was=Handover.UNCERTAIN, now=now, only=frozenset(chosen))
            if not count:
                return 0
            go_on(connection, mailing, now=now)
            act = "sent again"
        add_entry(connection, mailing_id=mailing_id, act=act, words=f"{count} in doubt. {words}", now=now)
        return count


def _refuse_haste(moments: Sequence[dt.datetime], *, now: dt.datetime, wait: dt.timedelta) -> None:
    left = max(moments) + wait - now
    if left <= dt.timedelta():
        return
    minutes = -(-int(left.total_seconds()) // 60)
    raise Refused(
        "It is too early to send it again: word of what became of it may still come.",
        advice=f"Try again in {minutes // 60} h {minutes % 60} min. Whoever got it would get it twice.",
    )
