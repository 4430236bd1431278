"""What a sink's record proves, as the events in which a provider would have told it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator

from trax_mailer.model.event import DeliveryEvent, EventKind
from trax_mailer.rehearsal.record import Entry, Took

PROVIDER = "rehearsal"


def events_of(entries: Iterable[Entry], *, provider: str = PROVIDER) -> Iterator[DeliveryEvent]:
    """One event for every message that was accepted and whose delivery is known."""
    for entry in entries:
        mailing, _, subscriber = entry.delivery.partition(".")
        if entry.took is Took.ACCEPTED and mailing.isdigit() and subscriber.isdigit():
            yield DeliveryEvent(
                key=hashlib.sha256(f"{provider}\0{entry.delivery}\0{entry.at}".encode()).hexdigest(),
                provider=provider,
                mailing_id=int(mailing),
                subscriber_id=int(subscriber),
                kind=EventKind.PROCESSED,
                occurred_at=dt.datetime.fromtimestamp(entry.at, dt.UTC),
                reason="the receiver has it in its record",
            )
