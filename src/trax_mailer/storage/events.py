"""Events: what was reported about deliveries.

Of a report only its kind, its time and the other side's words without addresses are kept.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from trax_mailer.model.event import DeliveryEvent
from trax_mailer.storage import schema
from trax_mailer.storage.many_rows import NewRows, add_rows, stored_times

_table = schema.event
_CHUNK = 500
_ROWS = NewRows(
    "event",
    (
        ("key", "text"),
        ("provider", "text"),
        ("mailing_id", "integer"),
        ("subscriber_id", "integer"),
        ("kind", "text"),
        ("occurred_at", "timestamptz"),
        ("received_at", "timestamptz"),
        ("reason", "text"),
    ),
    key="key",
)


def add_events(connection: Connection, events: Sequence[DeliveryEvent], *, now: dt.datetime) -> int:
    """Keep the events that are not known yet. Returns how many those were."""
    # In order of key, so that two writers of the same events wait for each other, and not in a circle.
    ordered = sorted({one.key: one for one in events}.values(), key=lambda one: one.key)
    moments = stored_times(connection, {now, *(one.occurred_at for one in ordered)})
    rows = [
        (
            one.key,
            one.provider,
            one.mailing_id,
            one.subscriber_id,
            one.kind.value,
            moments[one.occurred_at],
            moments[now],
            one.reason,
        )
        for one in ordered
    ]
    return len(add_rows(connection, _ROWS, rows))


def events_among(connection: Connection, keys: Sequence[str]) -> list[DeliveryEvent]:
    """The events of these keys, as they were kept when they first came."""
    found: list[DeliveryEvent] = []
    for start in range(0, len(keys), _CHUNK):
        part = keys[start : start + _CHUNK]
        found += map(event_of, connection.execute(select(_table).where(_table.c.key.in_(part))))
    return found


def evidence_of(
    connection: Connection, mailing_id: int, subscribers: Sequence[int]
) -> dict[int, list[DeliveryEvent]]:
    """The events known of each of the subscribers' deliveries, the oldest first; nothing where none is."""
    found: dict[int, list[DeliveryEvent]] = defaultdict(list)
    about_them = (
        select(_table).where(_table.c.mailing_id == mailing_id).order_by(_table.c.occurred_at, _table.c.key)
    )
    for part in in_parts(subscribers):
        for row in connection.execute(about_them.where(_table.c.subscriber_id.in_(part))):
            found[row.subscriber_id].append(event_of(row))
    return dict(found)


def event_of(row: Row[Any]) -> DeliveryEvent:
    """The event that a whole row of its table holds."""
    return DeliveryEvent(
        key=row.key,
        provider=row.provider,
        mailing_id=row.mailing_id,
        subscriber_id=row.subscriber_id,
        kind=row.kind,
        occurred_at=row.occurred_at,
        reason=row.reason,
    )


def in_parts(subscribers: Sequence[int], *, size: int = _CHUNK) -> Iterator[Sequence[int]]:
    """Few enough for one statement each."""
    for start in range(0, len(subscribers), size):
        yield subscribers[start : start + size]
