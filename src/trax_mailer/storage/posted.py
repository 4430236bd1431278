"""Raw events: what providers posted, without people in it, for some days; and which of it came before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from trax_mailer.storage import schema

_table = schema.raw_event
_CHUNK = 500


class RawEvent(NamedTuple):
    """An event to be kept. `key` and `own_id` have 16 bytes; `content` is JSON, `kind` a PostedKind."""

    key: bytes
    own_id: bytes | None
    provider: str
    kind: str
    content: str
    refused: str


_COLUMNS = ", ".join((*RawEvent._fields, "received_at"))


def add_raw_events(connection: Connection, events: Sequence[RawEvent], *, now: dt.datetime) -> set[bytes]:
    """Keep those that nobody posted before, by what they say or by what they are called. Returns their keys.

    Past SQLAlchemy's columns, which would take longer than the database itself.
    """
    # In order of key, so that two writers of the same events wait for each other, and not in a circle.
    ordered = sorted(events, key=lambda one: one.key)
    if connection.dialect.name == "postgresql":
        return _add_to_server(connection, ordered, now)
    process = _table.c.received_at.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    assert process is not None  # noqa: S101 - narrows a type
    moment = process(now)
    new: set[bytes] = set()
    # Many rows a statement: Python's lock is let go of and fought for once for each.
    for start in range(0, len(ordered), _CHUNK):
        part = ordered[start : start + _CHUNK]
        values = tuple(chain.from_iterable((*one, moment) for one in part))
        new.update(row[0] for row in connection.exec_driver_sql(_insertion(len(part)), values))
    return new


def _add_to_server(connection: Connection, events: Sequence[RawEvent], now: dt.datetime) -> set[bytes]:
    if not events:
        return set()
    statement = (
        f"INSERT INTO raw_event ({_COLUMNS}) "  # noqa: S608 - our own columns
        "SELECT key, own_id, provider, kind, content::json, refused, %s FROM unnest("
        "%s::bytea[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[]) "
        "AS told(key, own_id, provider, kind, content, refused) ON CONFLICT DO NOTHING RETURNING key"
    )
    columns = [list(column) for column in zip(*events, strict=True)]
    rows = connection.exec_driver_sql(statement, (now, *columns))
    return {bytes(row[0]) for row in rows}


@lru_cache(maxsize=32)
def _insertion(rows: int) -> str:
    marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * rows)
    return f"INSERT INTO raw_event ({_COLUMNS}) VALUES {marks} ON CONFLICT DO NOTHING RETURNING key"  # noqa: S608


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
