"""Lanes: which batches of a line may be claimed, are in a call, or wait for their time."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Connection, and_, bindparam, or_, select

from trax_mailer.model.mailing import BatchState
from trax_mailer.storage import schema

_table = schema.batch

_LONGEST_WAIT = dt.timedelta(hours=2)
"""No batch is ever told to wait so long. One that waits longer was written while the clock was wrong."""
_AHEAD = dt.timedelta(minutes=1)
"""What was written so long after the present moment was written before the clock was set back."""

_DUE = and_(
    _table.c.state == BatchState.READY,
    or_(
        _table.c.not_before.is_(None),
        _table.c.not_before <= bindparam("at"),
        _table.c.not_before > bindparam("too_late"),
        _table.c.changed_at > bindparam("ahead"),
    ),
)
_LANES = select(_table.c.mailing_id, _table.c.lane).distinct()
# Built once: a lane runs it hundreds of times a second, and building it costs more than running it.
_PEEK = (
    select(_table.c.id)
    .where(_table.c.mailing_id == bindparam("of_mailing"), _table.c.lane == bindparam("of_lane"))
    .where(_DUE)
    .order_by(_table.c.id)
    .limit(1)
)


def peek(connection: Connection, mailing_id: int, *, lane: int, now: dt.datetime) -> int | None:
    """The first batch of the lane that may be claimed now, or None."""
    return connection.scalar(_PEEK, {"of_mailing": mailing_id, "of_lane": lane} | _moments(now))


def next_due(connection: Connection, mailing_id: int, *, lane: int) -> dt.datetime | None:
    """When the first of the waiting batches may be claimed; None where none waits."""
    return connection.scalar(
        select(_table.c.not_before)
        .where(_in_lane(mailing_id, lane))
        .where(_table.c.state == BatchState.READY)
        .order_by(_table.c.not_before)
        .limit(1)
    )


def waiting_batch(
    connection: Connection, mailing_id: int, *, lane: int, not_before: dt.datetime, reason: str, topics: str
) -> int | None:
    """A batch of the lane that waits for that very time, for that very reason, for these topics."""
    return connection.scalar(
        select(_table.c.id)
        .where(_in_lane(mailing_id, lane))
        .where(_table.c.state == BatchState.READY)
        .where(_table.c.not_before == not_before, _table.c.reason == reason, _table.c.topics == topics)
        .limit(1)
    )


def open_in_lane(connection: Connection, mailing_id: int, *, lane: int) -> bool:
    """Whether the lane holds a batch that has not come to its end."""
    query = select(_table.c.id).where(_in_lane(mailing_id, lane))
    unfinished = [BatchState.READY, BatchState.CALLING]
    return connection.execute(query.where(_table.c.state.in_(unfinished)).limit(1)).first() is not None


def calling_batches(connection: Connection, mailing_id: int, *, lane: int) -> list[int]:
    """The batches of the lane whose call has no answer."""
    return list(
        connection.scalars(
            select(_table.c.id)
            .where(_in_lane(mailing_id, lane))
            .where(_table.c.state == BatchState.CALLING)
            .order_by(_table.c.id)
            .with_for_update()
        )
    )


def open_lanes(connection: Connection, *states: BatchState) -> set[tuple[int, int]]:
    """The lanes, as mailing and number, that hold a batch in one of those states."""
    rows = connection.execute(_LANES.where(_table.c.state.in_(states)))
    return {(row.mailing_id, row.lane) for row in rows}


def due_lanes(connection: Connection, *, now: dt.datetime) -> set[tuple[int, int]]:
    """The lanes, as mailing and number, with a batch that may be claimed now."""
    rows = connection.execute(_LANES.where(_DUE), _moments(now))
    return {(row.mailing_id, row.lane) for row in rows}


def _in_lane(mailing_id: int, lane: int) -> ColumnElement[bool]:
    return and_(_table.c.mailing_id == mailing_id, _table.c.lane == lane)


def _moments(now: dt.datetime) -> dict[str, object]:
    return {"at": now, "too_late": now + _LONGEST_WAIT, "ahead": now + _AHEAD}
