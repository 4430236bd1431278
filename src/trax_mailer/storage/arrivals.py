"""Readers who arrive in a file: what the ledger knows of them, and storing those whom it does not know.

Some ten thousand at a time, by statements over all of them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema
from trax_mailer.storage.backends.base import as_json
from trax_mailer.storage.bulk import insert_rows
from trax_mailer.storage.contents import highest_id

Arrival = tuple[int, str, str, str, str, str, str, str]
"""line, key, address as written, name, language, fields as JSON, state, tags as JSON or nothing."""

Held = tuple[int, str, str, str, str]
"""id, address as written, name, language, fields as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger holds about some keys, each by key.

    `states` is where readers stand with the list of the import; `unreachable` are those who bounced or
    complained, on whichever list; `suppressed` may be of nobody whom the ledger knows.
    """

    readers: Mapping[str, Held]
    states: Mapping[str, str]
    unreachable: AbstractSet[str]
    suppressed: AbstractSet[str]


def known_among(connection: Connection, list_id: int | None, keys: Sequence[str]) -> Known:
    """What the ledger holds about these keys; at most some ten thousand."""
    given = {"keys": as_json(keys)}
    words = {"keys": "json_each(:keys) AS k", "fields": "s.fields"}
    if connection.dialect.name == "postgresql":
        # Of a function the planner expects a hundred rows, and looks them up one by one.
        words = {
            "keys": "json_array_elements_text(CAST(:keys AS json)) AS k(value)",
            "fields": "CAST(s.fields AS text)",
        }
    readers: dict[str, Held] = {}
    states: dict[str, str] = {}
    unreachable: set[str] = set()
    for key, *held, on, state in connection.execute(text(_READERS.format(**words)), given):
        readers[key] = tuple(held)
        if on is not None and on == list_id:
            states[key] = state
        if state in _UNREACHABLE:
            unreachable.add(key)
    suppressed: set[str] = set()
    if connection.execute(select(schema.suppression.c.address).limit(1)).first() is not None:
        suppressed.update(connection.execute(text(_SUPPRESSED.format(**words)), given).scalars())
    return Known(readers=readers, states=states, unreachable=unreachable, suppressed=suppressed)


_READERS = (
    "SELECT s.address, s.id, s.email, s.name, s.language, {fields}, n.list_id, n.state "
    "FROM {keys} JOIN subscriber s ON s.address = k.value LEFT JOIN subscription n ON n.subscriber_id = s.id"
)
_SUPPRESSED = "SELECT x.address FROM {keys} JOIN suppression x ON x.address = k.value"
_UNREACHABLE = {SubscriptionState.BOUNCED.value, SubscriptionState.COMPLAINED.value}


def add_strangers(
    connection: Connection, arrivals: Sequence[Arrival], *, list_id: int, act_id: int, now: dt.datetime
) -> None:
    """Store readers of whom the ledger knows nothing: who they are, where they stand, their tags.

    Their ids follow their order. In that of their keys it is twice as fast: every index grows at one end.
    The transaction must be alone.
    """
    if not arrivals:
        return
    at = _time(connection, now)
    numbers = _new_ids(connection, len(arrivals))
    insert_rows(
        connection,
        schema.subscriber,
        ("id", "address", "email", "name", "language", "fields"),
        ((number, *arrival[1:6]) for number, arrival in zip(numbers, arrivals, strict=True)),
        created_at=at,
    )
    insert_rows(
        connection,
        schema.subscription,
        ("subscriber_id", "state", "line"),
        ((number, arrival[6], arrival[0]) for number, arrival in zip(numbers, arrivals, strict=True)),
        list_id=list_id,
        changed_at=at,
        act_id=act_id,
    )
    tags = [
        (number, tag)
        for number, arrival in zip(numbers, arrivals, strict=True)
        if arrival[7]
        for tag in json.loads(arrival[7])
    ]
    if tags:
        insert_rows(connection, schema.tag, ("subscriber_id", "name"), tags)


def _new_ids(connection: Connection, count: int) -> Sequence[int]:
    """So many ids that were never given."""
    if connection.dialect.name == "postgresql":
        # The inner SELECT is asked once, not for each number.
        given = text(
            "SELECT string_agg(CAST(nextval("
            "(SELECT CAST(pg_get_serial_sequence('subscriber', 'id') AS regclass))"
            ") AS text), ' ') FROM generate_series(1, :count)"
        )
        return sorted(map(int, connection.execute(given, {"count": count}).scalar_one().split()))
    highest = highest_id(connection, schema.subscriber)
    return range(highest + 1, highest + 1 + count)


def _time(connection: Connection, now: dt.datetime) -> str:
    """As the column of either database takes it."""
    in_utc = now.astimezone(dt.UTC)
    return f"{in_utc:%Y-%m-%d %H:%M:%S.%f}" + ("+00" if connection.dialect.name == "postgresql" else "")
