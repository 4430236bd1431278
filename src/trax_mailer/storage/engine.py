"""The ledger: one SQLite database in the state directory, written by several processes at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage.place import make_file_private, prepare_state_folder
from trax_mailer.storage.upgrade import bring_up_to_date

LEDGER_NAME = "ledger.db"
BUSY_SECONDS = 30
_SQLITE_MAGIC = b"SQLite format 3\x00"
_WRITES = "trax_writes"


class Ledger:
    """An open ledger. Safe to share between threads; each `read` or `write` takes a connection of its own."""

    def __init__(self, state: Path, engine: Engine) -> None:
        self.state = state
        self.reader = engine
        self.writer = engine.execution_options(**{_WRITES: True})

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the ledger and cannot change it."""
        with _in_words(self.state), self.reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection holding the write lock: committed at the end, rolled back on any exception.

        Raises Conflict where another process holds the lock for more than 30 seconds.
        """
        with _in_words(self.state), self.writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the connections that no thread is using."""
        self.reader.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_ledger(state: Path) -> Ledger:
    """The ledger of that state directory, made where there is none, brought up to date where it is older.

    The folder gets mode 0700, the database 0600. Raises BadState where the place or the file cannot
    be used, with the reason.
    """
    folder = prepare_state_folder(state)
    file = folder / LEDGER_NAME
    _refuse_foreign_file(file)
    make_file_private(file)
    ledger = Ledger(folder, _make_engine(file))
    try:
        with _in_words(folder):
            bring_up_to_date(ledger.reader, ledger.writer, folder)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _refuse_foreign_file(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            start = opened.read(len(_SQLITE_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadState(
            f"{file} cannot be read: {error.strerror}.", advice="Check who owns the file, and its mode."
        ) from None
    if start and start != _SQLITE_MAGIC:
        raise BadState(
            f"{file} is no ledger: it is not an SQLite database.",
            advice="Move the file away, or restore the ledger from a backup.",
        )


def _make_engine(file: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": BUSY_SECONDS},
        json_serializer=lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,  # they hold readers' addresses
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them deferred and too late.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")


@contextmanager
def _in_words(state: Path) -> Iterator[None]:
    """Turn what SQLite says about the file or its lock into words for a person."""
    try:
        yield
    except DBAPIError as error:
        primary = (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF
        if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise Conflict(
                f"Another process has been writing to the ledger in {state} for over {BUSY_SECONDS} seconds.",
                advice="Wait until the import or the send under way has ended, then try again.",
            ) from error
        if words := _BROKEN.get(primary):
            raise BadState(f"The ledger in {state} {words[0]}.", advice=words[1]) from error
        raise


_MODES = "Check who owns the folder and its files, and their modes."
_BROKEN = {
    sqlite3.SQLITE_READONLY: ("cannot be written", _MODES),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _MODES),
    sqlite3.SQLITE_PERM: ("cannot be opened", _MODES),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "Make room, then try again."),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk fails", "Check the disk."),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "Keep the damaged file, and restore the ledger from a backup."),
    sqlite3.SQLITE_NOTADB: ("is no SQLite database", "Move the file away, or restore it from a backup."),
}
