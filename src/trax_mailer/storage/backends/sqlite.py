"""A ledger in one SQLite file in the state directory, written by several processes of one host."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Lock

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage.backends import flocks
from trax_mailer.storage.backends.base import BUSY_SECONDS, Backend, LaneLock, as_json
from trax_mailer.storage.place import make_file_private
from trax_mailer.storage.upgrade import bring_file_up_to_date

LEDGER_NAME = "ledger.db"
_MAGIC = b"SQLite format 3\x00"
_BEGIN_WRITING = "BEGIN IMMEDIATE"
_MOST_THREADS = 32
_SHORT_NAP, _LONG_NAP = 0.0002, 0.01
_NAP_SHARE = 1 / 16
"""A writer that waits naps for such a share of its waiting, in seconds between the two: whoever writes for
long is looked at less often."""
_looked_at: set[tuple[int, int]] = set()
_looking = Lock()


class SqliteBackend(Backend):
    """The database of one state directory, on a local disk."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        """Open the file, made where there is none: `folder` must exist and be private."""
        file = folder / LEDGER_NAME
        with _looking:
            _refuse_foreign_file(file)
            make_file_private(file)
            # From here on it may be open in this process. What SQLite makes of it later, it says itself.
            _looked_at.add(_identity(file.stat()))
        self._folder = folder
        # Apart: where a connection that reads becomes a writer, SQLite prepares every statement anew.
        self.reader = _make_engine(file, begin=_begin_reading)
        self.writer = self.lone_writer = _make_engine(file, begin=_begin_writing)

    def bring_up_to_date(self) -> None:
        """Migrate the file where it is older."""
        bring_file_up_to_date(self.reader, self.writer, self._folder)

    def in_words(self) -> AbstractContextManager[None]:
        """Say in words what SQLite says about the file or its lock."""
        return _in_words(self._folder)

    def lane_lock(self, mailing_id: int, *, lane: int) -> AbstractContextManager[LaneLock]:
        """Hold a file in the folder `lanes`."""
        return flocks.hold_file(self._folder / "lanes", mailing_id, lane=lane)

    def lane_is_held(self, mailing_id: int, *, lane: int) -> bool:
        """Try to hold that file, for a moment."""
        return flocks.is_held(self._folder / "lanes", mailing_id, lane=lane)

    def clock(self, connection: Connection) -> dt.datetime:  # noqa: ARG002 - the file has no clock
        """The time of this machine: every writer is on it."""
        return dt.datetime.now(dt.UTC)

    def close(self) -> None:
        """Close the connections that no thread is using."""
        self.reader.dispose()
        self.writer.dispose()


def _refuse_foreign_file(file: Path) -> None:
    """Look at the file before SQLite does; only once in this process, and never while it may be open in it.

    Closing a file drops every lock that this process holds on it, SQLite's as well: another process would
    then take away the write-ahead log under it (https://sqlite.org/howtocorrupt.html §2.2).
    """
    try:
        found = file.stat()
        start = b"" if _identity(found) in _looked_at or not found.st_size else _first_bytes(file)
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadState(
            f"{file} cannot be read: {error.strerror}.", advice="Check who owns the file, and its mode."
        ) from None
    if start and start != _MAGIC:
        raise BadState(
            f"{file} is no ledger: it is not an SQLite database.",
            advice="Move the file away, or restore the ledger from a backup.",
        )
    # The size is read again, because another process may be making both this moment.
    if not found.st_size and (file.parent / "keys.json").exists() and file.stat().st_size == 0:
        raise BadState(
            f"{file} is empty, yet there is a key ring beside it: the ledger has lost its content.",
            advice="Restore the ledger from a backup. Only if nothing was ever sent, delete the empty file.",
        )


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _first_bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(len(_MAGIC))


def _make_engine(file: Path, *, begin: Callable[[Connection], None]) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": BUSY_SECONDS},
        json_serializer=as_json,
        max_overflow=_MOST_THREADS,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,  # they hold readers' addresses
    )
    event.listen(engine, "connect", _set_up_reader if begin is _begin_reading else _set_up_writer)
    event.listen(engine, "begin", begin)
    return engine


def _set_up_reader(connection: sqlite3.Connection, _record: object) -> None:
    _set_up(connection)
    connection.execute("PRAGMA query_only = ON")


def _set_up_writer(connection: sqlite3.Connection, _record: object) -> None:
    _set_up(connection)
    connection.execute("PRAGMA busy_timeout = 0")  # `_begin_writing` waits


def _set_up(connection: sqlite3.Connection) -> None:
    # The driver must not begin transactions by itself: it would begin them deferred and too late.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Become the one writer, as soon as there is no other.

    SQLite's own waiting sleeps up to 100 ms between two looks; lanes write for a few, and would leave the
    ledger idle most of the time.
    """
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - narrows a type
    start = time.monotonic()
    while (waited := time.monotonic() - start) < BUSY_SECONDS:
        try:
            driver.execute(_BEGIN_WRITING)
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                break
        else:
            return
        time.sleep(min(max(waited * _NAP_SHARE, _SHORT_NAP), _LONG_NAP))
    connection.exec_driver_sql(_BEGIN_WRITING)  # raises what is put into words


@contextmanager
def _in_words(state: Path) -> Iterator[None]:
    try:
        yield
    except PoolIsEmpty as error:
        raise Conflict(
            f"Every connection of this process to the ledger in {state} is in use.",
            advice="Try again in a moment.",
        ) from error
    except DBAPIError as error:
        if _is_busy(error.orig):
            raise Conflict(
                f"Another process has been writing to the ledger in {state} for over {BUSY_SECONDS} seconds.",
                advice="Wait until the import or the send under way has ended, then try again.",
            ) from error
        if words := _BROKEN.get(_primary_code(error.orig)):
            raise BadState(f"The ledger in {state} {words[0]}.", advice=words[1]) from error
        raise


def _is_busy(error: BaseException | None) -> bool:
    return _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _primary_code(error: BaseException | None) -> int:
    """SQLite's result code without its details (https://sqlite.org/rescode.html)."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


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
