"""Copying every row of one ledger into another, whatever database each stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Enum,
    Row,
    Table,
    Text,
    cast,
    func,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import IntegrityError

from trax_mailer.errors import BadState
from trax_mailer.storage.contents import (
    LEDGER_TABLES,
    count_rows,
    highest_ids,
    raise_ids,
    take_time,
)
from trax_mailer.storage.schema import UtcTime

_CHUNK = 5_000

Progress = Callable[[int, int], None]


def copy_rows(
    source: Connection, target: Connection, *, progress: Progress = lambda _done, _total: None
) -> dict[str, int]:
    """Copy every table into the `target`, whose tables must be empty. Returns the rows of each table.

    Memory stays flat. Afterwards the target gives ids over every id that the source ever gave. Raises
    BadState where rows do not fit, or where the target does not hold as many as the source; the caller's
    transaction must then be rolled back.
    """
    take_time(source)
    take_time(target)
    wanted = count_rows(source)
    total, done = sum(wanted.values()), 0
    progress(0, total)
    for table in LEDGER_TABLES:
        for rows in _read(source, table):
            _write(target, table, rows)
            done += len(rows)
            progress(done, total)
    raise_ids(target, highest_ids(source))
    if target.dialect.name == "postgresql":
        for table in LEDGER_TABLES:
            # Without numbers, the planner reads the whole table for every claim.
            target.execute(text(f"ANALYZE {_name(target, table)}"))
    found = count_rows(target)
    if found != wanted:
        wrong = ", ".join(f"{name}: {found[name]} of {wanted[name]}" for name in wanted if found != wanted)
        raise BadState(f"Not every row arrived ({wrong}).", advice="Nothing was kept. Try again.")
    return found


def _read(source: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    columns = [_as_plain(column, source.dialect.name) for column in table.c]
    streamed = select(*columns).execution_options(stream_results=True, yield_per=_CHUNK)
    with source.execute(streamed) as result:
        yield from result.partitions()


def _as_plain(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """As text what goes back in as the same text: nothing to parse, and nothing to lose by it."""
    if isinstance(column.type, JSON):
        return cast(column, Text)
    if isinstance(column.type, UtcTime) and dialect == "postgresql":
        # In the form in which SQLite holds times; the session of the target is in UTC.
        return func.to_char(column.op("AT TIME ZONE")(literal_column("'UTC'")), "YYYY-MM-DD HH24:MI:SS.US")
    return type_coerce(column, Text) if isinstance(column.type, (Enum, UtcTime)) else column


def _write(target: Connection, table: Table, rows: Sequence[Row[Any]]) -> None:
    columns = ", ".join(target.dialect.identifier_preparer.format_column(column) for column in table.c)
    into = f"{_name(target, table)} ({columns})"
    if target.dialect.name == "postgresql":
        _write_to_server(target, table, into, rows)
    else:
        places = ", ".join("?" * len(table.c))
        try:
            target.exec_driver_sql(
                f"INSERT INTO {into} VALUES ({places})",  # noqa: S608 - our own tables
                [tuple(row) for row in rows],
            )
        except IntegrityError as error:
            raise _unfit(table, str(error.orig)) from None


def _write_to_server(target: Connection, table: Table, into: str, rows: Sequence[Row[Any]]) -> None:
    import psycopg

    driver: Any = target.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        # Only these words: the rest of what the server says repeats the row.
        raise _unfit(table, error.diag.message_primary) from None


def _unfit(table: Table, said: str | None) -> BadState:
    return BadState(
        f"A row of the table “{table.name}” does not fit into the new database: {said}.",
        advice="Nothing was kept.",
    )


def _name(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)
