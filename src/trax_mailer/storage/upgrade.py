"""Bringing the database of a ledger to the newest schema, and refusing what is no ledger."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage.making import make_tables
from trax_mailer.storage.migrations import KNOWN, NEWEST, migrate

APPLICATION_ID = 0x54524158  # "TRAX", in the header of the SQLite file
LOCK_SECONDS = 30
TABLES_OF_OURS = {"subscriber", "subscription", "mailing", "delivery"}


def bring_file_up_to_date(reader: Engine, writer: Engine, state: Path) -> None:
    """Make the tables of an empty SQLite file; migrate a file that is older than this program.

    Raises BadState for a database of something else, and for one that a newer version wrote.
    """
    with reader.begin() as connection:
        if _is_current(connection, state):
            return
    # Alone, because two first starts at once would both want to change the journal's mode.
    with _alone(state / "upgrade.lock"):
        _keep_a_write_ahead_log(reader)
        with _without_foreign_keys(writer) as connection, connection.begin():
            revision = _revision(connection, state)
            if revision is None:
                make_tables(connection)
            elif revision != NEWEST:
                numbers = _numbers(connection)
                migrate(connection)
                _keep_numbers(connection, numbers)
                _refuse_lost_rows(connection, state)
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def judge(revision: str | None, *, ours: bool, where: str) -> str | None:
    """The schema's revision. Raises BadState where the tables are not ours, or newer than this program."""
    if not ours or revision is None:
        raise BadState(
            f"The database {where} belongs to another program.",
            advice="Give trax a database of its own, or move that one away.",
        )
    if revision not in KNOWN:
        raise BadState(
            f"The ledger {where} was written by a newer version of trax (schema {revision}).",
            advice="Install that version: an older one could lose what it does not know.",
        )
    return revision


def _is_current(connection: Connection, state: Path) -> bool:
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    return _revision(connection, state) == NEWEST and mode == "wal"


def _revision(connection: Connection, state: Path) -> str | None:
    """The schema's revision, None for an empty database."""
    tables = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    if not tables:
        return None
    application = connection.exec_driver_sql("PRAGMA application_id").scalar()
    # A database restored from an SQL dump has its tables, but has lost the id in its header.
    ours = application == APPLICATION_ID or tables >= TABLES_OF_OURS
    revision = None
    if "alembic_version" in tables:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return judge(revision, ours=ours, where=f"in {state}")


@contextmanager
def _without_foreign_keys(engine: Engine) -> Iterator[Connection]:
    """SQLite alters a table by making it anew; with foreign keys on, its children would be in the way.

    The pragma does nothing inside a transaction (https://sqlite.org/lang_altertable.html §7).
    """
    with engine.connect() as connection:
        driver = connection.connection.cursor()
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            yield connection
        finally:
            driver.execute("PRAGMA foreign_keys = ON")
            driver.close()


def _numbers(connection: Connection) -> dict[str, int]:
    """The highest id that each table has ever given."""
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").first():
        return {}
    rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
    return {row.name: row.seq for row in rows}


def _keep_numbers(connection: Connection, numbers: dict[str, int]) -> None:
    """A table made anew would give the ids of deleted rows again."""
    present = _numbers(connection)
    for table, number in numbers.items():
        change = "UPDATE sqlite_sequence SET seq = ? WHERE name = ?"
        if table not in present:
            change = "INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)"
        if present.get(table, -1) < number:
            connection.exec_driver_sql(change, (number, table))


def _refuse_lost_rows(connection: Connection, state: Path) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise BadState(
            f"The ledger in {state} is damaged: rows refer to others that are not there.",
            advice="It was left as it was. Keep the file, and restore the ledger from a backup.",
        )


def _keep_a_write_ahead_log(engine: Engine) -> None:
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        raise BadState(
            "A state directory can only be used on Linux and macOS.",
            advice="Here, issues can be written, checked and previewed; send from the host of the ledger.",
        ) from None
    give_up = time.monotonic() + LOCK_SECONDS
    with lock.open("a") as opened:
        lock.chmod(0o600)
        while True:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise Conflict(
                        f"Another process has been preparing the ledger for over {LOCK_SECONDS} seconds.",
                        advice="Wait until it has ended, then try again.",
                    ) from None
                time.sleep(0.02)
            else:
                break
        yield
