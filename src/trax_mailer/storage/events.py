"""Events: what was reported about deliveries.

Of a report only its kind, its time and the other side's words without addresses are kept.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from trax_mailer.model.event import DeliveryEvent
from trax_mailer.storage import schema

_table = schema.event
_CHUNK = 500


def add_events(connection: Connection, events: Sequence[DeliveryEvent], *, now: dt.datetime) -> int:
    """Keep the events that are not known yet. Returns how many those were."""
    # In order of key, so that two writers of the same events wait for each other, and not in a circle.
    rows = [
        {
            "key": one.key,
            "provider": one.provider,
            "mailing_id": one.mailing_id,
            "subscriber_id": one.subscriber_id,
            "kind": one.kind,
            "occurred_at": one.occurred_at,
            "received_at": now,
            "reason": one.reason,
        }
        for one in sorted({one.key: one for one in events}.values(), key=lambda one: one.key)
    ]
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    keep = dialect.insert(_table).on_conflict_do_nothing(index_elements=["key"]).returning(_table.c.id)
    return len(connection.execute(keep, rows).all())


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


def in_parts(subscribers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Few enough for one statement each."""
    for start in range(0, len(subscribers), _CHUNK):
        yield subscribers[start : start + _CHUNK]
