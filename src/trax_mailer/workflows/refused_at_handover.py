"""What follows for readers whom a mail server refused at the handover, as from a bounce that comes back."""

from __future__ import annotations

import datetime as dt

from trax_mailer.audience import Consequence, follow
from trax_mailer.model.event import DeliveryEvent
from trax_mailer.settings import BounceRule
from trax_mailer.storage import Ledger
from trax_mailer.storage.copies import Refused, refused_copies
from trax_mailer.workflows.ledger_time import ledger_now

PROVIDER = "smtp"
_AT_ONCE = 200


def follow_refusals(
    ledger: Ledger,
    mailing_id: int,
    *,
    rule: BounceRule,
    lane: int | None = None,
    since: dt.datetime | None = None,
) -> list[Consequence]:
    """Do what follows from the failures of the mailing that a mail server answered with its own words.

    Of one lane where it is given, and of those written down from `since` on. The same again changes nothing.
    Some at a time: a send under way has to wait for none of it for long.
    """
    found: list[Consequence] = []
    after = 0
    while True:
        with ledger.read() as connection:
            part = refused_copies(connection, mailing_id, lane=lane, since=since, after=after, limit=_AT_ONCE)
        if not part:
            return found
        after = part[-1].subscriber_id
        now = ledger_now(ledger)
        with ledger.write() as connection:
            found += follow(connection, map(_event, part), rule=rule, now=now)


def _event(one: Refused) -> DeliveryEvent:
    """The failure as an event, to be weighed; the delivery itself is what is kept of it."""
    return DeliveryEvent(
        key=f"{one.mailing_id}.{one.subscriber_id}",
        provider=PROVIDER,
        mailing_id=one.mailing_id,
        subscriber_id=one.subscriber_id,
        kind=one.kind,
        occurred_at=one.at,
        reason=one.reason,
    )
