"""Many rows at once, past SQLAlchemy's columns, which would take longer than the database itself."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Connection, Integer, any_, bindparam, func, select

from trax_mailer.storage.schema import UtcTime

_CHUNK = 500
_AS_TEXT = {"bytea": "text", "json": "text"}
_READ = {"bytea": "decode({}, 'hex')", "json": "{}::json"}


@dataclass(frozen=True, slots=True)
class NewRows:
    """Rows for a table with numbered ids: its name, its other columns with PostgreSQL's types.

    `key` is the column, of text or bytes, by which the rows are told apart that were new.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    key: str


def add_rows(connection: Connection, kind: NewRows, rows: Sequence[tuple[Any, ...]]) -> set[bytes]:
    """Insert the rows that break no unique key, in the order given. Returns the keys of those, as bytes.

    Values are as the driver takes them.
    """
    if not rows:
        return set()
    if connection.dialect.name == "postgresql":
        names = [name for name, _ in kind.columns]
        # One value for all: psycopg takes longer to write arrays than the server takes for the rest.
        given = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows], default=bytes.hex).decode()
        found = connection.exec_driver_sql(_for_server(kind), (given,)).scalars()
        return {one.encode() if isinstance(one, str) else bytes(one) for one in found}
    # Few statements, few rows that come back: Python's lock is let go of and fought for once for each.
    last = connection.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {kind.table}").scalar()  # noqa: S608
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        connection.exec_driver_sql(_for_file(kind, len(part)), tuple(chain.from_iterable(part)))
    new = f"SELECT group_concat(hex({kind.key}), ' ') FROM {kind.table} WHERE id > ?"  # noqa: S608
    listed: str = connection.exec_driver_sql(new, (last,)).scalar() or ""
    return {bytes.fromhex(one) for one in listed.split()}


def stored_times(connection: Connection, moments: Collection[dt.datetime]) -> dict[dt.datetime, Any]:
    """Each of these times as the driver stores it."""
    process = UtcTime().dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return {one: process(one) if process else one for one in moments}


def is_among(connection: Connection, column: ColumnElement[int], ids: Collection[int]) -> ColumnElement[bool]:
    """Whether the column is one of these numbers, given as one value, however many there are."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, sorted(ids), type_=ARRAY(Integer), unique=True))
    listed = func.json_each(json.dumps(sorted(ids))).table_valued("value")
    return column.in_(select(listed.c.value))


@lru_cache(maxsize=64)
def _for_file(kind: NewRows, rows: int) -> str:
    marks = f"({', '.join('?' * len(kind.columns))})"
    values = f"VALUES {', '.join([marks] * rows)}"
    return f"INSERT INTO {kind.table} ({_names(kind)}) {values} ON CONFLICT DO NOTHING"


@lru_cache(maxsize=64)
def _for_server(kind: NewRows) -> str:
    told = ", ".join(f"{name} {_AS_TEXT.get(sort, sort)}" for name, sort in kind.columns)
    chosen = ", ".join(_READ.get(sort, "{}").format(name) for name, sort in kind.columns)
    rows = f"SELECT {chosen} FROM json_to_recordset(%s::json) AS told({told})"  # noqa: S608 - our own names
    return f'INSERT INTO {kind.table} ({_names(kind)}) {rows} ON CONFLICT DO NOTHING RETURNING "{kind.key}"'


def _names(kind: NewRows) -> str:
    return ", ".join(f'"{name}"' for name, _ in kind.columns)
