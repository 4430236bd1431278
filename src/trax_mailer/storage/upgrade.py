"""Bringing the database of a ledger to the newest schema, and refusing what is no ledger."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage.migrations import KNOWN, NEWEST, migrate

APPLICATION_ID = 0x54524158  # "TRAX", in the header of the SQLite file
LOCK_SECONDS = 30
_TABLES_OF_OURS = {"subscriber", "subscription", "mailing", "delivery"}


def bring_up_to_date(reader: Engine, writer: Engine, state: Path) -> None:
    """Migrate the database where it is older than this program.

    Raises BadState for a database of something else, and for one that a newer version wrote.
    """
    with reader.begin() as connection:
        if _is_current(connection, state):
            return
    # Alone, because two first starts at once would both want to change the journal's mode.
    with _alone(state / "upgrade.lock"):
        _keep_a_write_ahead_log(reader)
        with writer.begin() as connection:
            if _revision(connection, state) != NEWEST:
                migrate(connection)
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


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
    ours = application == APPLICATION_ID or tables >= _TABLES_OF_OURS
    if not ours or "alembic_version" not in tables:
        raise BadState(
            f"The database in {state} belongs to another program.",
            advice="Set TRAX_STATE to a folder of its own, or move the database away.",
        )
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision not in KNOWN:
        raise BadState(
            f"The ledger in {state} was written by a newer version of trax (schema {revision}).",
            advice="Install that version: an older one could lose what it does not know.",
        )
    return revision


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
