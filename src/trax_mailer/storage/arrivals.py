"""Readers who arrive in a file, in temporary tables of a desk, before they are merged into the ledger.

Written by statements over many rows at once, the same for SQLite and PostgreSQL but for some words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

Arrival = tuple[int, str, str, str, str, str, str, str]
"""line, key, address as written, name, language, fields as JSON, state, tags as JSON or nothing."""

_COLUMNS = "line, key, email, name, language, fields, state, tags"
_TYPES = (
    "(line INTEGER NOT NULL, key TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL, "
    "language TEXT NOT NULL, fields TEXT NOT NULL, state TEXT NOT NULL, tags TEXT NOT NULL)"
)
_MAKE = (
    f"CREATE TEMPORARY TABLE arrival {_TYPES}",
    f"CREATE TEMPORARY TABLE merged {_TYPES}",
    "CREATE TEMPORARY TABLE repeat (key TEXT PRIMARY KEY)",
    "CREATE TEMPORARY TABLE apart (key TEXT PRIMARY KEY)",
    f"CREATE TEMPORARY TABLE here {_TYPES.replace('key TEXT NOT NULL', 'key TEXT NOT NULL PRIMARY KEY')}",
)
_NOT_APART = "NOT EXISTS (SELECT 1 FROM apart p WHERE p.key = a.key)"
_SUBSCRIBED = "'subscribed'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The arrivals whose keys are above `low`, up to `high`: what is merged in one transaction."""

    low: str
    high: str
    rows: int


def make_arrivals(connection: Connection) -> None:
    """Make the empty tables."""
    if connection.dialect.name == "sqlite":
        for which, kibibytes in (("temp", 16_000), ("main", 12_000)):
            connection.exec_driver_sql(f"PRAGMA {which}.cache_size = -{kibibytes}")
    for statement in _MAKE:
        connection.exec_driver_sql(statement)


def add_arrivals(connection: Connection, rows: Sequence[Arrival]) -> None:
    """Note rows of the file."""
    _fill(connection, "arrival", rows)


def add_merged(connection: Connection, rows: Sequence[Arrival]) -> None:
    """Note what repeated rows come to."""
    _fill(connection, "merged", rows)


def _fill(connection: Connection, table: str, rows: Sequence[Arrival]) -> None:
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        driver.executemany(f"INSERT INTO {table} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608


def index_arrivals(connection: Connection) -> None:
    """Make the arrivals ready to be asked for by key, once all are there."""
    connection.exec_driver_sql("CREATE INDEX arrival_key ON arrival (key, line)")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE arrival")


def repeats(connection: Connection, size: int) -> Iterator[list[Arrival]]:
    """The arrivals whose keys stand in the file more than once, some at a time, by key and line."""
    connection.exec_driver_sql("INSERT INTO repeat SELECT key FROM arrival GROUP BY key HAVING count(*) > 1")
    after: dict[str, object] = {"key": "", "line": 0, "size": size}
    while True:
        rows = connection.execute(
            text(
                f"SELECT {_prefixed('a')} FROM repeat r JOIN arrival a ON a.key = r.key "  # noqa: S608
                "WHERE r.key >= :key AND (r.key > :key OR a.line > :line) ORDER BY a.key, a.line LIMIT :size"
            ),
            after,
        )
        found: list[Arrival] = [tuple(row) for row in rows]
        if not found:
            return
        yield found
        after |= {"key": found[-1][1], "line": found[-1][0]}


def replace_repeats(connection: Connection) -> None:
    """Let those of `add_merged` stand for all that have their keys."""
    connection.exec_driver_sql("DELETE FROM arrival WHERE key IN (SELECT key FROM repeat)")
    connection.exec_driver_sql(f"INSERT INTO arrival SELECT {_COLUMNS} FROM merged")  # noqa: S608
    connection.exec_driver_sql("DELETE FROM merged")


def parts(connection: Connection, size: int) -> Iterator[Part]:
    """The arrivals in parts of at most so many rows, in the order of their keys, which must all differ."""
    low = ""
    while True:
        found = connection.execute(
            text(
                "SELECT max(key), count(*) FROM "
                "(SELECT key FROM arrival WHERE key > :low ORDER BY key LIMIT :size) AS next"
            ),
            {"low": low, "size": size},
        ).one()
        if not found[1]:
            return
        yield Part(low=low, high=found[0], rows=found[1])
        low = found[0]


def lay_out(connection: Connection, part: Part) -> None:
    """Take the part's arrivals to hand, for the functions that follow. Needs no lock of the ledger's."""
    connection.exec_driver_sql("DELETE FROM here")
    connection.execute(
        text(
            f"INSERT INTO here ({_COLUMNS}) SELECT {_COLUMNS} FROM arrival a "  # noqa: S608
            "WHERE a.key > :low AND a.key <= :high ORDER BY a.key"
        ),
        {"low": part.low, "high": part.high},
    )


def set_apart(connection: Connection) -> int:
    """Find out which of those at hand the ledger knows, or keeps from being mailed. Returns how many."""
    connection.exec_driver_sql("DELETE FROM apart")
    return connection.exec_driver_sql(
        "INSERT INTO apart SELECT a.key FROM here a WHERE "
        "EXISTS (SELECT 1 FROM subscriber s WHERE s.address = a.key) "
        "OR EXISTS (SELECT 1 FROM suppression p WHERE p.address = a.key)"
    ).rowcount


def set_apart_also(connection: Connection, keys: Sequence[str]) -> int:
    """Set these apart, too. Returns how many were not yet."""
    statement = text("INSERT INTO apart VALUES (:key) ON CONFLICT DO NOTHING")
    return sum(connection.execute(statement, {"key": key}).rowcount for key in keys)


def keys_at_hand(connection: Connection) -> Sequence[str]:
    """The keys of those at hand."""
    return connection.exec_driver_sql("SELECT key FROM here ORDER BY key").scalars().all()


def count_unchanged(connection: Connection, list_id: int) -> int:
    """Count those apart about whom the file says nothing new, and forget them."""
    return connection.execute(
        text(
            "DELETE FROM apart WHERE key IN (SELECT a.key FROM apart p JOIN here a ON a.key = p.key "  # noqa: S608
            "JOIN subscriber s ON s.address = a.key JOIN subscription n ON n.subscriber_id = s.id "
            f"WHERE n.list_id = :list_id AND n.state = {_SUBSCRIBED} AND a.state = {_SUBSCRIBED} "
            "AND a.tags = '' AND (a.name = s.name OR a.name = '') "
            "AND (a.language = s.language OR a.language = '') "
            f"AND (a.fields = {_as_text(connection)} OR a.fields = '{{}}') "
            "AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.address = a.key) "
            "AND NOT EXISTS (SELECT 1 FROM subscription o WHERE o.subscriber_id = s.id "
            "AND o.state IN ('bounced', 'complained')))"
        ),
        {"list_id": list_id},
    ).rowcount


def arrivals_apart(connection: Connection, size: int) -> Iterator[list[Arrival]]:
    """Those apart, some at a time, in the order of their keys."""
    low = ""
    while True:
        rows = connection.execute(
            text(
                f"SELECT {_prefixed('a')} FROM apart p JOIN here a ON a.key = p.key "  # noqa: S608
                "WHERE p.key > :low ORDER BY p.key LIMIT :size"
            ),
            {"low": low, "size": size},
        )
        found: list[Arrival] = [tuple(row) for row in rows]
        if not found:
            return
        yield found
        low = found[-1][1]


def add_strangers(
    connection: Connection, *, list_id: int, act_id: int, now: dt.datetime, tagged: bool
) -> None:
    """Store those at hand who are not apart: who they are, where they stand, their tags.

    Their ids follow the lines of the file within the part. `tagged` says whether any has tags.
    """
    values = {"list_id": list_id, "act_id": act_id, "now": _time(connection, now)}
    words = _words(connection)
    if connection.dialect.name == "postgresql":
        # One statement: the new ids need not be looked up.
        made = f"WITH made AS ({_SUBSCRIBERS} RETURNING id, address) {_SUBSCRIPTIONS}"
        statements = [made.format(readers="made s", **words)]
    else:
        statements = [one.format(readers="subscriber s", **words) for one in (_SUBSCRIBERS, _SUBSCRIPTIONS)]
    if tagged:
        statements.append(_TAGS.format(**words))
    for statement in statements:
        connection.execute(text(statement), values)


_SUBSCRIBERS = (
    "INSERT INTO subscriber (address, email, name, language, fields, created_at) "  # noqa: S608
    "SELECT a.key, a.email, a.name, a.language, {fields}, {now} FROM here a "
    f"WHERE {_NOT_APART} ORDER BY a.line"
)
_SUBSCRIPTIONS = (
    "INSERT INTO subscription (subscriber_id, list_id, state, changed_at, act_id, line, topics) "  # noqa: S608
    "SELECT s.id, :list_id, a.state, {now}, :act_id, a.line, '' FROM here a "
    f"JOIN {{readers}} ON s.address = a.key WHERE {_NOT_APART} ORDER BY s.id"
)
_TAGS = (
    "INSERT INTO tag (subscriber_id, name) SELECT s.id, t.value FROM here a "  # noqa: S608
    f"JOIN subscriber s ON s.address = a.key {{each_tag}} WHERE {_NOT_APART} AND a.tags <> ''"
)


def _words(connection: Connection) -> dict[str, str]:
    if connection.dialect.name == "postgresql":
        return {
            "fields": "CAST(a.fields AS json)",
            "now": "CAST(:now AS timestamptz)",
            "each_tag": "CROSS JOIN LATERAL json_array_elements_text(CAST(NULLIF(a.tags, '') AS json)) "
            "AS t(value)",
        }
    return {"fields": "a.fields", "now": ":now", "each_tag": "JOIN json_each(a.tags) AS t"}


def _as_text(connection: Connection) -> str:
    return "CAST(s.fields AS text)" if connection.dialect.name == "postgresql" else "s.fields"


def _time(connection: Connection, now: dt.datetime) -> object:
    """As the column of either database holds it."""
    in_utc = now.astimezone(dt.UTC)
    return f"{in_utc:%Y-%m-%d %H:%M:%S.%f}" if connection.dialect.name == "sqlite" else in_utc


def _prefixed(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in _COLUMNS.split(", "))
