"""Events as they are told to a ledger, and taken in."""

import datetime as dt

from events.ledgers import NOW
from trax_mailer.model.event import DeliveryEvent
from trax_mailer.storage.events import add_events
from trax_mailer.storage.settling import settle_by_events

LATER = NOW + dt.timedelta(hours=1)


def told(kind, subscriber=1, *, mailing=1, key="", provider="sendgrid", at=NOW):
    key = (key or f"{mailing}.{subscriber}.{kind}.{provider}").rjust(64, "0")
    return DeliveryEvent(
        key=key, provider=provider, mailing_id=mailing, subscriber_id=subscriber, kind=kind,
        occurred_at=at, reason="their words",
    )  # fmt: skip


def take_in(ledger, *events, mailing=1, now=LATER):
    with ledger.write(alone=False) as connection:
        new = add_events(connection, events, now=now)
        who = [one.subscriber_id for one in events]
        return new, settle_by_events(connection, mailing, subscribers=who, now=now)
