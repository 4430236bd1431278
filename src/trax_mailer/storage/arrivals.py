"""Readers who arrive in a file: what the ledger knows of them, and storing those whom it does not know.

Some thousand at a time, by statements over all of them, the same for SQLite and PostgreSQL but for some words.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from trax_mailer.storage import schema
from trax_mailer.storage.backends.base import as_json
from trax_mailer.storage.bulk import insert_rows
from trax_mailer.storage.contents import highest_id

Arrival = tuple[int, str, str, str, str, str, str, str]
"""line, key, address as written, name, language, fields as JSON, state, tags as JSON or nothing."""

_CACHE_KIBIBYTES = 16_000


class Known(NamedTuple):
    """What the ledger holds about an address. `id` is None where it is suppressed, and nobody has it.

    `fields` is JSON; `state` is where the reader stands with the list of the import, None where they never
    were on it; `unreachable` is whether they bounced or complained, on whichever list.
    """

    id: int | None
    email: str
    name: str
    language: str
    fields: str
    state: str | None
    suppressed: bool
    unreachable: bool


def known_among(connection: Connection, list_id: int | None, arrivals: Sequence[Arrival]) -> dict[str, Known]:
    """Those about whom the ledger holds anything, by key."""
    words = {"keys": "json_each(:keys) AS k", "fields": "s.fields"}
    if connection.dialect.name == "postgresql":
        # Of a function the planner expects a hundred rows, and looks them up one by one.
        words = {
            "keys": "json_array_elements_text(CAST(:keys AS json)) AS k(value)",
            "fields": "CAST(s.fields AS text)",
        }
    else:
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
    keys = as_json([arrival[1] for arrival in arrivals])
    found = connection.execute(
        text(_KNOWN.format(**words)), {"keys": keys, "list_id": -1 if list_id is None else list_id}
    )
    return {row[0]: Known._make(row[1:]) for row in found.all()}


_KNOWN = (
    "SELECT k.value, s.id, s.email, s.name, s.language, {fields}, n.state, x.address IS NOT NULL, "  # noqa: S608
    "EXISTS (SELECT 1 FROM subscription o WHERE o.subscriber_id = s.id AND o.state IN ('bounced', 'complained')) "
    "FROM {keys} LEFT JOIN subscriber s ON s.address = k.value "
    "LEFT JOIN suppression x ON x.address = k.value "
    "LEFT JOIN subscription n ON n.subscriber_id = s.id AND n.list_id = :list_id "
    "WHERE s.id IS NOT NULL OR x.address IS NOT NULL"
)


def add_strangers(
    connection: Connection, arrivals: Sequence[Arrival], *, list_id: int, act_id: int, now: dt.datetime
) -> None:
    """Store readers of whom the ledger knows nothing: who they are, where they stand, their tags.

    Their ids follow the lines of the file. The transaction must be alone.
    """
    if not arrivals:
        return
    at = _time(connection, now)
    numbered = list(zip(_new_ids(connection, len(arrivals)), sorted(arrivals), strict=True))
    insert_rows(
        connection,
        schema.subscriber,
        ("id", "address", "email", "name", "language", "fields"),
        [(number, *arrival[1:6]) for number, arrival in numbered],
        created_at=at,
    )
    insert_rows(
        connection,
        schema.subscription,
        ("subscriber_id", "state", "line"),
        [(number, arrival[6], arrival[0]) for number, arrival in numbered],
        list_id=list_id,
        changed_at=at,
        act_id=act_id,
    )
    tags = [(number, tag) for number, arrival in numbered if arrival[7] for tag in json.loads(arrival[7])]
    if tags:
        insert_rows(connection, schema.tag, ("subscriber_id", "name"), tags)


def _new_ids(connection: Connection, count: int) -> Sequence[int]:
    """So many ids that were never given."""
    if connection.dialect.name == "postgresql":
        numbers = text(
            "SELECT nextval(pg_get_serial_sequence('subscriber', 'id')) FROM generate_series(1, :count)"
        )
        return sorted(connection.execute(numbers, {"count": count}).scalars())
    highest = highest_id(connection, schema.subscriber)
    return range(highest + 1, highest + 1 + count)


def _time(connection: Connection, now: dt.datetime) -> str:
    """As the column of either database takes it."""
    in_utc = now.astimezone(dt.UTC)
    return f"{in_utc:%Y-%m-%d %H:%M:%S.%f}" + ("+00" if connection.dialect.name == "postgresql" else "")
