"""Writing many rows at once: COPY on PostgreSQL, statements of some hundred rows each on SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table

_AT_ONCE = 250
"""Rows a statement. Each costs SQLite as much as some rows do."""
_PIECE = 1000
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Values = tuple[int | str, ...]


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values], **constants: int | str
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
    rows: Sequence[Values],
    constants: Mapping[str, int | str],
) -> None:
    driver: Any = connection.connection.driver_connection
    # The constants are bound once: they come first, by number, and the places of the rows follow.
    numbered = "".join(f"?{number}, " for number in range(1, len(constants) + 1))
    places = f"({numbered}{', '.join('?' * len(columns))})"
    names = ", ".join((*constants, *columns))
    head = f"INSERT INTO {table.name} ({names}) VALUES "  # noqa: S608 - our own tables
    whole = len(rows) // _AT_ONCE * _AT_ONCE
    first = tuple(constants.values())
    driver.executemany(
        head + ", ".join([places] * _AT_ONCE),
        (
            (*first, *chain.from_iterable(rows[start : start + _AT_ONCE]))
            for start in range(0, whole, _AT_ONCE)
        ),
    )
    if rest := rows[whole:]:
        driver.execute(head + ", ".join([places] * len(rest)), (*first, *chain.from_iterable(rest)))


def _copy(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Values],
    constants: Mapping[str, int | str],
) -> None:
    driver: Any = connection.connection.driver_connection
    names = ", ".join((*columns, *constants))
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for piece in _lines(rows, len(columns), tuple(constants.values())):
            copy.write(piece)


def _lines(rows: Sequence[Values], width: int, constants: Values) -> Iterator[str]:
    """The rows as COPY reads them (https://www.postgresql.org/docs/current/sql-copy.html, Text Format)."""
    end = "".join(f"\t{_escaped(value)}" for value in constants) + "\n"
    form = "\t".join(["%s"] * width) + end.replace("%", "%%")
    tabs, others = width - 1 + len(constants), end.count("\\")
    for start in range(0, len(rows), _PIECE):
        piece = rows[start : start + _PIECE]
        text = "".join([form % row for row in piece])
        usual = (text.count("\t"), text.count("\n"), text.count("\\")) == (
            tabs * len(piece),
            len(piece),
            others * len(piece),
        )
        if not usual or "\r" in text:
            text = "".join([form % tuple(map(_escaped, row)) for row in piece])
        yield text.replace("\x00", "\ufffd")


def _escaped(value: int | str) -> str:
    return str(value).translate(_ESCAPED)
