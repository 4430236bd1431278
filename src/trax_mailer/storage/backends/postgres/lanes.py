"""Lane locks on the server: session-level advisory locks, gone with the connection that took them.

(https://www.postgresql.org/docs/current/explicit-locking.html, 13.3.5.) A pooler that gives one
session to several clients would give one lock to several lanes: it is noticed, and refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage.backends.base import lane_advice, lane_taken
from trax_mailer.storage.backends.postgres.words import in_words

if TYPE_CHECKING:
    import psycopg

    from trax_mailer.storage.backends.postgres.connecting import Address

_KEY = "hashtextextended('trax lane ' || current_schema() || %s, 0)"
_TAKE = f"SELECT pg_try_advisory_lock({_KEY}), pg_backend_pid()"
_GIVE_BACK = f"SELECT pg_advisory_unlock({_KEY})"
_HELD = f"""
SELECT pid FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 1 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (classid::bigint << 32) | objid::bigint = {_KEY}
"""  # noqa: S608 - the words above


class ServerLock:
    """An advisory lock on a connection of its own."""

    def __init__(self, connection: psycopg.Connection[Any], name: str, session: int) -> None:
        self._connection, self._name, self._session = connection, name, session

    def holds(self) -> bool:
        """Ask the server whether this very session still has the lock; False where it does not answer."""
        import psycopg

        try:
            row = self._connection.execute(
                f"SELECT pg_backend_pid() = %s AND %s IN ({_HELD})",
                (self._session, self._session, self._name),
            ).fetchone()
        except psycopg.Error:
            return False
        return row is not None and bool(row[0])


@contextmanager
def hold(address: Address, mailing_id: int, *, lane: int) -> Iterator[ServerLock]:
    """Hold the lane. Raises Conflict where another holds it, BadState where a pooler shares sessions."""
    import psycopg

    name = _name(mailing_id, lane=lane)
    with in_words(address):
        connection = address.connect(f"trax lane {name}")
    try:
        with in_words(address):
            taken, session = connection.execute(_TAKE, (name,)).fetchone() or (False, 0)
            if not taken:
                raise Conflict(lane_taken(mailing_id), advice=lane_advice(mailing_id))
            lock = ServerLock(connection, name, session)
            _refuse_unless_own(address, lock, session)
        try:
            yield lock
        finally:
            # The server would notice the end of the connection a moment later only.
            with suppress(psycopg.Error):
                connection.execute(_GIVE_BACK, (name,))
    finally:
        connection.close()


def is_held(connection: Connection, mailing_id: int, *, lane: int) -> bool:
    """Whether any session of this database holds the lane."""
    return connection.exec_driver_sql(_HELD, (_name(mailing_id, lane=lane),)).first() is not None


def refuse_shared_sessions(address: Address) -> None:
    """Raise BadState where the server sees two of our connections, one after the other, as one session."""
    with address.connect("trax") as one, address.connect("trax") as two:
        sessions = [other.execute("SELECT pg_backend_pid()").fetchone() for other in (one, two)]
    if sessions[0] == sessions[1]:
        raise _shared(address)


def _refuse_unless_own(address: Address, lock: ServerLock, session: int) -> None:
    """Another client must be given another session, and ours must be ours while that one works."""
    with address.connect("trax") as other:
        row = other.execute("SELECT pg_backend_pid()").fetchone()
        with other.transaction():
            other.execute("SELECT 1")
            if row == (session,) or not lock.holds():
                raise _shared(address)


def _shared(address: Address) -> BadState:
    return BadState(
        f"A connection pooler in front of the database {address.where} gives one session to several clients.",
        advice="Locks do not hold there. Connect straight to PostgreSQL, or set the pooler to session mode.",
    )


def _name(mailing_id: int, *, lane: int) -> str:
    return f"{mailing_id}.{lane}"
