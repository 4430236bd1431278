"""Bringing the tables on a server to the newest schema, and refusing a database that is not for them."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from trax_mailer.errors import BadState
from trax_mailer.storage.making import make_tables
from trax_mailer.storage.migrations import NEWEST, migrate
from trax_mailer.storage.upgrade import TABLES_OF_OURS, judge

OLDEST_SERVER = 13
_ABOUT = """
SELECT current_schema() AS schema, current_setting('server_encoding') AS encoding,
    current_setting('server_version_num')::int / 10000 AS version
"""
# Tables of the job queue may stand beside ours, and those that extensions brought.
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'f')
AND NOT starts_with(relname::text, 'procrastinate_')
AND NOT EXISTS (
    SELECT FROM pg_depend
    WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
)
"""


def bring_up_to_date(reader: Engine, lone_writer: Engine, *, where: str) -> None:
    """Make the tables, or migrate those that are older than this program, one process at a time.

    Raises BadState for a database of something else, and for one that a newer version wrote.
    """
    with reader.begin() as connection:
        if _revision(connection, where) == NEWEST:
            return
    with lone_writer.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        revision = _revision(connection, where)
        if revision is None:
            make_tables(connection)
        elif revision != NEWEST:
            migrate(connection)


def refuse_unfit(connection: Connection, where: str) -> None:
    """Raise BadState for a server or a database on which no ledger can stand."""
    about = connection.exec_driver_sql(_ABOUT).one()
    if about.version < OLDEST_SERVER:
        raise BadState(
            f"The database {where} is on PostgreSQL {about.version}.",
            advice=f"trax needs PostgreSQL {OLDEST_SERVER} or newer.",
        )
    if about.encoding != "UTF8":
        raise BadState(
            f"The database {where} is in {about.encoding}, which cannot hold every name.",
            advice="Make one with: CREATE DATABASE trax OWNER trax ENCODING 'UTF8' TEMPLATE template0;",
        )
    if about.schema is None:
        raise BadState(
            f"The database {where} has no schema in which trax's user may look.",
            advice="Make one with: CREATE SCHEMA trax AUTHORIZATION trax;",
        )


def _revision(connection: Connection, where: str) -> str | None:
    """The schema's revision, None for an empty database."""
    tables = set(connection.exec_driver_sql(_TABLES).scalars())
    if not tables:
        return None
    revision = None
    if "alembic_version" in tables:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return judge(revision, ours=tables >= TABLES_OF_OURS, where=where)
