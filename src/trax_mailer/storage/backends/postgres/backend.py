"""PostgreSQL as a backend: which transactions read, write, and exclude each other."""

from __future__ import annotations

import datetime as dt
import logging
import select
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage.backends.base import BUSY_SECONDS, Backend, LaneLock, as_json
from trax_mailer.storage.backends.postgres import lanes, tables
from trax_mailer.storage.backends.postgres.connecting import Address
from trax_mailer.storage.backends.postgres.words import in_words

if TYPE_CHECKING:
    import psycopg

# What the pool says when a connection has gone is said again, in words, by whoever needed it.
logging.getLogger("sqlalchemy.pool").addHandler(logging.NullHandler())

_READS, _ALONE = "trax_reads", "trax_alone"
"""Execution options of a connection: what its next transaction is for."""
_KEPT, _MORE = 5, 5
"""Connections of one process, beside one for each lane that it holds."""
_OLDEST = 1800
"""Seconds that a connection is kept at most."""
_ALONE_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('trax ledger ' || current_schema(), 0))"


class PostgresBackend(Backend):
    """The tables in one schema of one database: the first schema of the search path."""

    kind = "postgresql"

    def __init__(self, database: DatabaseSettings) -> None:
        """Prepare to connect. Raises BadState where the driver is missing or the address cannot be read."""
        self._address = Address(database)
        self.writer = _make_engine(self._address)
        self.lone_writer = self.writer.execution_options(**{_ALONE: True})
        self.reader = self.writer.execution_options(**{_READS: True})

    def bring_up_to_date(self) -> None:
        """Migrate the tables where they are older."""
        with self.reader.begin() as connection:
            tables.refuse_unfit(connection, self._address.where)
        if self._address.is_pooled:
            lanes.refuse_shared_sessions(self._address)
        tables.bring_up_to_date(self.reader, self.lone_writer, where=self._address.where)

    def in_words(self) -> AbstractContextManager[None]:
        """Say in words what PostgreSQL and its driver say."""
        return in_words(self._address)

    def lane_lock(self, mailing_id: int, *, lane: int) -> AbstractContextManager[LaneLock]:
        """Hold an advisory lock on a connection of its own."""
        return lanes.hold(self._address, mailing_id, lane=lane)

    def lane_is_held(self, mailing_id: int, *, lane: int) -> bool:
        """Look for that lock in the server's table of locks."""
        with self.in_words(), self.reader.begin() as connection:
            return lanes.is_held(connection, mailing_id, lane=lane)

    def clock(self, connection: Connection) -> dt.datetime:
        """The time of the server."""
        now: dt.datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return now.astimezone(dt.UTC)


def _make_engine(address: Address) -> Engine:
    engine = create_engine(
        "postgresql+psycopg://",
        json_serializer=as_json,
        pool_size=_KEPT,
        max_overflow=_MORE,
        pool_timeout=BUSY_SECONDS,
        pool_recycle=_OLDEST,
        hide_parameters=True,  # they hold readers' addresses
    )
    event.listen(engine, "do_connect", address.fill_in)
    event.listen(engine, "connect", address.set_up)
    event.listen(engine, "checkout", _ask_whether_alive)
    event.listen(engine, "begin", _begin)
    return engine


def _ask_whether_alive(driver: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """An idle connection has nothing to be read, unless the server has gone or has something to say.

    Asking it each time would slow down a lane, which takes a connection hundreds of times a second.
    """
    from psycopg import Error

    try:
        waiting = select.poll()
        waiting.register(driver.fileno(), select.POLLIN)
        if waiting.poll(0):
            driver.execute("SELECT 1")
            driver.rollback()
    except Error as error:
        raise DisconnectionError from error  # the pool takes another one


def _begin(connection: Connection) -> None:
    """Say what kind of transaction the driver shall begin with the first statement."""
    from psycopg import IsolationLevel

    options = connection.get_execution_options()
    reads = options.get(_READS, False)
    driver: Any = connection.connection.driver_connection
    level = IsolationLevel.REPEATABLE_READ if reads else IsolationLevel.READ_COMMITTED
    if driver.isolation_level is not level:
        driver.isolation_level = level
        # None: a database that was made read-only must stay so.
        driver.read_only = True if reads else None
    if options.get(_ALONE):
        connection.exec_driver_sql(_ALONE_LOCK)
