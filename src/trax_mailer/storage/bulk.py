"""Writing many rows at once: COPY on PostgreSQL, statements of some hundred rows each on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Table

_AT_ONCE = 250
"""Rows a statement. Each costs SQLite as much as some rows do."""
_PIECE = 1000
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Value = int | str
Values = tuple[Value, ...]


def insert_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Values],
    **constants: int | str,
) -> None:
    """Insert the rows, each with the values of `columns`, and with the `constants`, by column.

    Times and JSON are given as the database holds them. On PostgreSQL, U+0000 becomes U+FFFD.
    """
    if connection.dialect.name == "postgresql":
        _copy(connection, table, columns, rows, constants)
    else:
        _insert(connection, table, columns, rows, constants)


def _insert(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Values],
    constants: Mapping[str, Value],
) -> None:
    # The constants are bound once: they come first, by number, and the places of the rows follow.
    numbered = "".join(f"?{number}, " for number in range(1, len(constants) + 1))
    places = f"({numbered}{', '.join('?' * len(columns))})"
    names = ", ".join((*constants, *columns))
    head = f"INSERT INTO {table.name} ({names}) VALUES "  # noqa: S608 - our own tables
    first = tuple(constants.values())
    whole = head + ", ".join([places] * _AT_ONCE)
    for piece in _pieces(rows):
        full = len(piece) // _AT_ONCE * _AT_ONCE
        lots = [
            (*first, *chain.from_iterable(piece[start : start + _AT_ONCE]))
            for start in range(0, full, _AT_ONCE)
        ]
        if lots:
            connection.exec_driver_sql(whole, lots)
        if rest := piece[full:]:
            last = (*first, *chain.from_iterable(rest))
            connection.exec_driver_sql(head + ", ".join([places] * len(rest)), last)


def _copy(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Values],
    constants: Mapping[str, Value],
) -> None:
    driver: Any = connection.connection.driver_connection
    names = ", ".join((*columns, *constants))
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for piece in _lines(rows, len(columns), tuple(constants.values())):
            copy.write(piece)


def _lines(rows: Iterable[Values], width: int, constants: Values) -> Iterator[str]:
    """The rows as COPY reads them (https://www.postgresql.org/docs/current/sql-copy.html, Text Format)."""
    end = "".join(f"\t{_escaped(value)}" for value in constants) + "\n"
    form = "\t".join(["%s"] * width) + end.replace("%", "%%")
    tabs, others = width - 1 + len(constants), end.count("\\")
    for piece in _pieces(rows):
        text = "".join([form % row for row in piece])
        usual = (text.count("\t"), text.count("\n"), text.count("\\")) == (
            tabs * len(piece),
            len(piece),
            others * len(piece),
        )
        if not usual or "\r" in text:
            text = "".join([form % tuple(map(_escaped, row)) for row in piece])
        yield text.replace("\x00", "\ufffd")


def _pieces(rows: Iterable[Values]) -> Iterator[list[Values]]:
    """Few enough to stay in the processor's cache until they are written."""
    going = iter(rows)
    while piece := list(islice(going, _PIECE)):
        yield piece


def _escaped(value: Value) -> str:
    return str(value).translate(_ESCAPED)
