"""Making the tables of a new ledger, straight from the model; migrations are for ledgers that are older."""

from __future__ import annotations

from sqlalchemy import Connection, Index
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from trax_mailer.storage.migrations import NEWEST
from trax_mailer.storage.schema import metadata
from trax_mailer.storage.schema.references import references_by_statement

# Alembic's own table, as it makes it: https://alembic.sqlalchemy.org/en/latest/tutorial.html
_VERSION = (
    "CREATE TABLE alembic_version "
    "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
_made: dict[str, tuple[str, ...]] = {}


def make_tables(connection: Connection) -> None:
    """Make every table and index in an empty database, inside the connection's transaction."""
    for statement in (*_statements(connection), _VERSION):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"INSERT INTO alembic_version (version_num) VALUES ('{NEWEST}')")  # noqa: S608


def _statements(connection: Connection) -> tuple[str, ...]:
    """To put them into words takes longer than to carry them out."""
    dialect = connection.dialect
    if dialect.name not in _made:
        tables = metadata.sorted_tables
        made: list[DDLElement] = [CreateTable(table) for table in tables]
        made += [CreateIndex(index) for table in tables for index in sorted(table.indexes, key=_name)]
        words = [str(one.compile(dialect=dialect)) for one in made]
        if dialect.name == "postgresql":
            words += references_by_statement()
        _made[dialect.name] = tuple(words)
    return _made[dialect.name]


def _name(index: Index) -> str:
    """They are a set, in another order in each process; which of two SQLite prefers must not hang on that."""
    return str(index.name)
