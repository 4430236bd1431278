"""The ledger: one database, written by several processes at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage.backends import Backend, LaneLock
from trax_mailer.storage.place import prepare_state_folder


class Ledger:
    """An open ledger. Safe to share between threads; each `read` or `write` takes a connection of its own.

    `state` is its state directory, `kind` is `sqlite` or `postgresql`. Trouble with the database is
    raised as Conflict (busy), Away (not reachable at this moment) or BadState (broken, full), in words.
    """

    def __init__(self, state: Path, backend: Backend) -> None:
        self.state = state
        self.kind = backend.kind
        self._backend = backend

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the ledger and cannot change it."""
        with self._backend.in_words(), self._backend.reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, alone: bool = True) -> Iterator[Connection]:
        """A connection that may write: committed at the end, rolled back on any exception.

        `alone` excludes every other writer that is alone; without it, PostgreSQL lets writers of other
        rows go on (READ COMMITTED), SQLite does not. Raises Conflict after 30 seconds of waiting.
        """
        engine = self._backend.lone_writer if alone else self._backend.writer
        with self._backend.in_words(), engine.begin() as connection:
            yield connection

    @contextmanager
    def lane_lock(self, mailing_id: int, *, lane: int) -> Iterator[LaneLock]:
        """Hold the lane of the mailing, as the only one; the lock dies with the process that holds it.

        Raises Conflict where another process or thread holds it.
        """
        with self._backend.lane_lock(mailing_id, lane=lane) as lock:
            yield lock

    def lane_is_held(self, mailing_id: int, *, lane: int) -> bool:
        """Whether any process is working on the lane at this moment."""
        return self._backend.lane_is_held(mailing_id, lane=lane)

    def clock(self, connection: Connection) -> dt.datetime:
        """The time in UTC that all writers agree on: the server's, or this machine's for a file."""
        return self._backend.clock(connection)

    def close(self) -> None:
        """Close the connections that no thread is using."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_ledger(state: Path, database: DatabaseSettings | None = None) -> Ledger:
    """The ledger of that state directory, made where there is none, brought up to date where it is older.

    It is in an SQLite file there, or in the PostgreSQL database that `database` names. The folder gets
    mode 0700. Raises BadState where the place or the database cannot be used, with the reason.
    """
    on_server = database is not None and bool(database.url)
    folder = prepare_state_folder(state, holds_database=not on_server)
    backend = _open_server(database) if on_server and database else _open_file(folder)
    try:
        with backend.in_words():
            backend.bring_up_to_date()
    except BaseException:
        backend.close()
        raise
    return Ledger(folder, backend)


def _open_file(folder: Path) -> Backend:
    from trax_mailer.storage.backends.sqlite import SqliteBackend

    return SqliteBackend(folder)


def _open_server(database: DatabaseSettings) -> Backend:
    from trax_mailer.storage.backends.postgres import PostgresBackend

    return PostgresBackend(database)
