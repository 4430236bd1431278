"""Raw events: what providers posted, without people in it, for some days; and which of it came before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from trax_mailer.storage import schema
from trax_mailer.storage.many_rows import NewRows, add_rows, stored_times

_table = schema.raw_event


class RawEvent(NamedTuple):
    """An event to be kept. `key` and `own_id` have 16 bytes; `content` is JSON, `kind` a PostedKind."""

    key: bytes
    own_id: bytes | None
    provider: str
    kind: str
    content: str
    refused: str


_ROWS = NewRows(
    "raw_event",
    (
        ("key", "bytea"),
        ("own_id", "bytea"),
        ("provider", "text"),
        ("kind", "text"),
        ("content", "json"),
        ("refused", "text"),
        ("received_at", "timestamptz"),
    ),
    key="key",
)


def add_raw_events(connection: Connection, events: Sequence[RawEvent], *, now: dt.datetime) -> set[bytes]:
    """Keep those that nobody posted before, by what they say or by their name. Returns their keys."""
    moment = stored_times(connection, {now})[now]
    # In order of key, so that two writers of the same events wait for each other, and not in a circle.
    ordered = sorted(events, key=lambda one: one.key)
    return add_rows(connection, _ROWS, [(*one, moment) for one in ordered])


def forget_raw_events(connection: Connection, *, before: dt.datetime, limit: int) -> int:
    """Delete the oldest, at most so many, as far as they came before that moment. Returns how many."""
    oldest = select(_table.c.id).order_by(_table.c.id).limit(limit).scalar_subquery()
    gone = delete(_table).where(_table.c.id.in_(oldest), _table.c.received_at < before)
    return connection.execute(gone).rowcount


def count_refused(connection: Connection, provider: str) -> dict[str, int]:
    """How many events of that provider are kept aside, by the reason."""
    query = select(_table.c.refused, func.count()).where(
        _table.c.provider == provider, _table.c.refused != ""
    )
    return {row[0]: row[1] for row in connection.execute(query.group_by(_table.c.refused))}


def last_received(connection: Connection, provider: str) -> dt.datetime | None:
    """When an event of that provider was last taken in; None where none is kept."""
    query = select(_table.c.received_at).where(_table.c.provider == provider)
    latest: dt.datetime | None = connection.scalar(query.order_by(_table.c.id.desc()).limit(1))
    return latest
