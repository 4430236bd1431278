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
    """Rows for a table: its name, the names of columns with PostgreSQL's types, which column is returned."""

    table: str
    columns: tuple[tuple[str, str], ...]
    returning: str


def add_rows(connection: Connection, kind: NewRows, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Insert the rows that break no unique key. Returns the returned column of those.

    They are inserted in the order given. Values are as the driver takes them.
    """
    if not rows:
        return []
    if connection.dialect.name == "postgresql":
        names = [name for name, _ in kind.columns]
        # One value for all: psycopg takes longer to write arrays than the server takes for the rest.
        given = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows], default=bytes.hex).decode()
        return [row[0] for row in connection.exec_driver_sql(_for_server(kind), (given,))]
    new: list[Any] = []
    # Many rows a statement: Python's lock is let go of and fought for once for each.
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        values = tuple(chain.from_iterable(part))
        new += [row[0] for row in connection.exec_driver_sql(_for_file(kind, len(part)), values)]
    return new


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
    return f"INSERT INTO {kind.table} ({_names(kind)}) {values} {_end(kind)}"


@lru_cache(maxsize=64)
def _for_server(kind: NewRows) -> str:
    told = ", ".join(f"{name} {_AS_TEXT.get(sort, sort)}" for name, sort in kind.columns)
    chosen = ", ".join(_READ.get(sort, "{}").format(name) for name, sort in kind.columns)
    rows = f"SELECT {chosen} FROM json_to_recordset(%s::json) AS told({told})"  # noqa: S608 - our own names
    return f"INSERT INTO {kind.table} ({_names(kind)}) {rows} {_end(kind)}"


def _names(kind: NewRows) -> str:
    return ", ".join(f'"{name}"' for name, _ in kind.columns)


def _end(kind: NewRows) -> str:
    return f'ON CONFLICT DO NOTHING RETURNING "{kind.returning}"'
