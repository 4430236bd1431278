"""A list of made-up readers, as an import leaves it, written by the database itself: a million in seconds."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

LIST = "everyone"
SINCE = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)

_ADDRESS = "'reader' || i || '@example' || (i % 100) || '.org'"
_FIELDS = (
    """'{"first_name":"Reader' || i || '","organisation":"Some Organisation","country":"Switzerland"}'"""
)
_LIST_ROW = "INSERT INTO list (id, name, created_at) VALUES (1, 'everyone', {since})"
_SUBSCRIBERS = (
    "INSERT INTO subscriber (address, email, name, language, fields, created_at) "
    "SELECT {address}, {address}, 'Reader Number ' || i, 'en', {fields}, {since} FROM {numbers}"
)
_SUBSCRIPTIONS = (
    "INSERT INTO subscription (subscriber_id, list_id, state, changed_at, act_id, line) "
    "SELECT i, 1, 'subscribed', {since}, 1, i + 1 FROM {numbers}"
)
_ACT_ROW = (
    "INSERT INTO act (id, kind, at, by, source, words, list_id, details) "
    "VALUES (1, 'import', {since}, 'staff', 'readers.csv', '', 1, '{{}}')"
)
_STATEMENTS = (_LIST_ROW, _ACT_ROW, _SUBSCRIBERS, _SUBSCRIPTIONS)
_NUMBERS_OF_SQLITE = (
    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n)"
)


def fill_file(file: Path, *, readers: int) -> None:
    """Subscribe so many readers in the ledger of that SQLite file, which must be empty."""
    numbers = _NUMBERS_OF_SQLITE.format(readers)
    since = f"'{SINCE:%Y-%m-%d %H:%M:%S.%f}'"
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        # Addresses do not come in the order of their index: a small cache would write its pages many times.
        connection.execute("PRAGMA cache_size = -500000")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for statement in _STATEMENTS:
            connection.execute(
                statement.format(numbers=numbers, since=since, address=_ADDRESS, fields=_FIELDS)
            )
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def fill_database(url: str, *, readers: int) -> None:
    """Subscribe so many readers in the ledger of that PostgreSQL database, which must be empty."""
    import psycopg

    numbers = f"generate_series(1, {readers}) AS i"
    since = f"TIMESTAMPTZ '{SINCE.isoformat()}'"
    with psycopg.connect(url, autocommit=True) as connection:
        with connection.transaction():
            for statement in _STATEMENTS:
                written = statement.format(
                    numbers=numbers,
                    since=since,
                    address=_ADDRESS,
                    fields=f"({_FIELDS})::json",
                )
                connection.execute(written)  # type: ignore[call-overload]
        connection.execute("VACUUM (ANALYZE)")
