"""A ledger as a whole: how many rows it holds, the highest ids it gave, and emptying it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, delete, func, select, text

from trax_mailer.storage import schema

LEDGER_TABLES: tuple[Table, ...] = tuple(schema.metadata.sorted_tables)
"""Every table of the ledger, each after those that it refers to."""

_TELLING = (
    schema.mailing_list,
    schema.subscriber,
    schema.suppression,
    schema.edition,
    schema.mailing,
    schema.event,
)
"""Where any of these has a row, there is something to lose."""


_GAP = 1_000_000
"""Ids of readers stand in the links of mails: none may ever lead to another reader."""


def count_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has, by its name."""
    return {
        table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in LEDGER_TABLES
    }


def high_water(connection: Connection) -> list[tuple[object, ...]]:
    """Tells whether anything was written between two calls: the rows and the latest times of each table."""
    marks = []
    for table in LEDGER_TABLES:
        latest = [func.max(column) for column in table.c if isinstance(column.type, schema.UtcTime)]
        marks.append(tuple(connection.execute(select(func.count(), *latest).select_from(table)).one()))
    return marks


def holds_anything(connection: Connection) -> bool:
    """Whether there is anybody or anything in the ledger that could be lost."""
    return any(connection.execute(select(table).limit(1)).first() is not None for table in _TELLING)


def lock_out_writers(connection: Connection) -> None:
    """Keep every other process from writing until the transaction ends. Reading goes on.

    Called first in the transaction. SQLite has one writer anyway; on PostgreSQL lanes and webhooks write
    beside each other. It takes the limits off, too: what follows may take its time.
    """
    if connection.dialect.name != "postgresql":
        return
    take_time(connection)
    names = ", ".join(_name(connection, table) for table in LEDGER_TABLES)
    connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def take_time(connection: Connection) -> None:
    """No limit of time on what the transaction does, other than on waiting for locks."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def empty_tables(connection: Connection) -> None:
    """Delete every row of every table. Ids go on where they were."""
    if connection.dialect.name == "postgresql":
        # Deleting would look for the references to each row, by reading whole tables.
        names = ", ".join(_name(connection, table) for table in LEDGER_TABLES)
        connection.exec_driver_sql(f"TRUNCATE {names}")
        return
    for table in reversed(LEDGER_TABLES):
        connection.execute(delete(table))


def highest_ids(connection: Connection) -> dict[str, int]:
    """The highest id that each numbered table has ever given, by its name; deleted rows count."""
    return {table.name: highest_id(connection, table) for table in _NUMBERED}


def highest_id(connection: Connection, table: Table) -> int:
    """The highest id that a numbered table has ever given."""
    return max(_given(connection, table), _present(connection, table))


def raise_ids(connection: Connection, ids: Mapping[str, int]) -> None:
    """Let every numbered table give ids over those of `ids` only, and never lower ones than it gave."""
    present = highest_ids(connection)
    for table in _NUMBERED:
        wanted = max(ids.get(table.name, 0), present[table.name])
        if wanted and connection.dialect.name == "postgresql":
            set_to = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :wanted)")
            connection.execute(set_to, {"name": _name(connection, table), "wanted": wanted})
        elif wanted and table.dialect_options["sqlite"]["autoincrement"]:
            change = "UPDATE sqlite_sequence SET seq = ? WHERE name = ?"
            if connection.exec_driver_sql(change, (wanted, table.name)).rowcount == 0:
                new = "INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)"
                connection.exec_driver_sql(new, (wanted, table.name))


def leave_gap(connection: Connection, ids: Mapping[str, int]) -> None:
    """Let every numbered table go on well over `ids`: others may have been given since, and are not known."""
    raise_ids(connection, {name: (highest // _GAP + 2) * _GAP for name, highest in ids.items()})


def _given(connection: Connection, table: Table) -> int:
    if connection.dialect.name == "postgresql":
        found = connection.execute(
            text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass)"),
            {"name": _name(connection, table)},
        ).scalar()
    else:
        seen = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        found = connection.execute(seen, {"name": table.name}).scalar()
    return int(found or 0)


def _present(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.max(table.c.id))).scalar() or 0)


def _name(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


_NUMBERED = tuple(table for table in LEDGER_TABLES if "id" in table.c and table.c.id.autoincrement == "auto")
