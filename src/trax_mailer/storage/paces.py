"""Paces: how fast calls may follow each other, the same for every worker, on one ledger.

A pace is a line of GCRA (generic cell rate algorithm, ITU-T I.371) in recipients: `next_at` is when the
next recipient may go. `blocked_until` is what the other side asked for. Times are seconds since the epoch,
by the clock of the ledger.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select, text, update

from trax_mailer.storage import schema

_table = schema.pace
_HOLD = select(_table).where(_table.c.key == bindparam("which")).with_for_update()

LONGEST_WAIT = 2 * 3600.0
"""Whatever waits longer was written while the clock was wrong."""
_LONGEST_SHARE = 60.0
"""No claim takes so many seconds' worth: who would wait longer for another one has a clock set back."""


def take(connection: Connection, key: str, *, amount: int, rate: int, at: float) -> float:
    """Take `amount` recipients at `rate` a second, 0 for no limit. Returns the seconds to wait, or 0.

    Nothing is taken where there is something to wait for.
    """
    if rate:
        _make(connection, key)
    row = connection.execute(_HOLD, {"which": key}).first()
    if row is None:
        return 0.0
    turn = _seconds(row.next_at, at) if rate else 0.0
    wait = max(_seconds(row.blocked_until, at), turn if turn <= _LONGEST_SHARE else 0.0)
    if wait == 0.0 and rate:
        connection.execute(update(_table).where(_table.c.key == key).values(next_at=at + amount / rate))
    return wait


def block(connection: Connection, key: str, *, until: float, reason: str) -> None:
    """No call before that moment; a longer block that stands already stays. Counts the setback."""
    _make(connection, key)
    row = connection.execute(_HOLD, {"which": key}).one()
    connection.execute(
        update(_table)
        .where(_table.c.key == key)
        .values(blocked_until=max(row.blocked_until, until), setbacks=row.setbacks + 1, reason=reason)
    )


def setbacks(connection: Connection, key: str) -> int:
    """How often it was blocked since it was last let go."""
    return connection.scalar(select(_table.c.setbacks).where(_table.c.key == key)) or 0


def let_go(connection: Connection, key: str) -> None:
    """Forget the setbacks: somebody was accepted."""
    connection.execute(delete(_table).where(_table.c.key == key))


def blocks(connection: Connection, prefix: str, *, at: float) -> dict[str, float]:
    """The keys that begin with `prefix`, and until when each may not be called; 0 where it may."""
    rows = connection.execute(
        select(_table.c.key, _table.c.blocked_until).where(_table.c.key.startswith(prefix, autoescape=True))
    )
    return {row.key: row.blocked_until if _seconds(row.blocked_until, at) else 0.0 for row in rows}


def _seconds(moment: float, at: float) -> float:
    wait = moment - at
    return wait if 0.0 < wait <= LONGEST_WAIT else 0.0


def _make(connection: Connection, key: str) -> None:
    """The line of that key, where there is none. Both databases know these words."""
    connection.execute(
        text(
            "INSERT INTO pace (key, next_at, blocked_until, setbacks, reason) "
            "VALUES (:key, 0, 0, 0, '') ON CONFLICT DO NOTHING"
        ),
        {"key": key},
    )
