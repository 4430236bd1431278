"""Batches: deliveries handed over together. `attempt` counts the claims of a batch and never goes back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Connection, Text, bindparam, func, insert, or_, select, update

from trax_mailer.model.mailing import BatchState
from trax_mailer.storage import schema

_table = schema.batch

LONGEST_WAIT = dt.timedelta(hours=2)
"""No batch is ever told to wait so long. One that waits longer was written while the clock was wrong."""
AHEAD = dt.timedelta(minutes=1)
"""What was written so long after the present moment was written before the clock was set back."""


# Built once: a lane runs these hundreds of times a second, and building one costs more than running it.
_PEEK = (
    select(_table.c.id)
    .where(_table.c.mailing_id == bindparam("of_mailing"), _table.c.lane == bindparam("of_lane"))
    .where(_table.c.state == BatchState.READY)
    .where(
        or_(
            _table.c.not_before.is_(None),
            _table.c.not_before <= bindparam("at"),
            _table.c.not_before > bindparam("too_late"),
            _table.c.changed_at > bindparam("ahead"),
        )
    )
    .order_by(_table.c.id)
    .limit(1)
)
_CLAIM = (
    update(_table)
    .where(_table.c.id == bindparam("batch"), _table.c.state == BatchState.READY)
    .values(
        state=BatchState.CALLING,
        attempt=_table.c.attempt + 1,
        transport=bindparam("through"),
        not_before=None,
        changed_at=bindparam("at"),
    )
    .returning(_table.c.attempt)
)
_ACCEPT = (
    update(_table)
    .where(_table.c.id == bindparam("batch"), _table.c.attempt == bindparam("which"))
    .where(_table.c.state == BatchState.CALLING)
    .values(
        state=BatchState.ACCEPTED,
        reason="",
        not_before=None,
        provider_reference=func.coalesce(
            func.nullif(bindparam("name", type_=Text), ""), _table.c.provider_reference
        ),
        changed_at=bindparam("at"),
    )
)


def add_batches(connection: Connection, mailing_id: int, *, count: int, lanes: int, now: dt.datetime) -> None:
    """New batches, ready, numbered from 0 and dealt out to the lanes in turn."""
    rows = [
        _new(mailing_id, lane=number % lanes, now=now) | {"number": number, "not_before": None, "reason": ""}
        for number in range(count)
    ]
    if rows:
        connection.execute(insert(_table), rows)


def add_batch(
    connection: Connection,
    mailing_id: int,
    *,
    lane: int,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
    reason: str = "",
) -> int:
    """A new batch, ready. Returns its id."""
    values = _new(mailing_id, lane=lane, now=now) | {"not_before": not_before, "reason": reason}
    return int(connection.execute(insert(_table).values(values).returning(_table.c.id)).scalar_one())


def waiting_batch(
    connection: Connection, mailing_id: int, *, lane: int, not_before: dt.datetime, reason: str
) -> int | None:
    """A batch of the lane that waits for that very time, for that very reason."""
    return connection.scalar(
        select(_table.c.id)
        .where(_table.c.mailing_id == mailing_id, _table.c.lane == lane)
        .where(_table.c.state == BatchState.READY)
        .where(_table.c.not_before == not_before, _table.c.reason == reason)
        .limit(1)
    )


def peek(connection: Connection, mailing_id: int, *, lane: int, now: dt.datetime) -> int | None:
    """The first batch of the lane that may be claimed now, or None."""
    values = {"of_mailing": mailing_id, "of_lane": lane, "at": now}
    values |= {"too_late": now + LONGEST_WAIT, "ahead": now + AHEAD}
    return connection.scalar(_PEEK, values)


def next_due(connection: Connection, mailing_id: int, *, lane: int) -> dt.datetime | None:
    """When the first of the waiting batches may be claimed; None where none waits."""
    return connection.scalar(
        select(_table.c.not_before)
        .where(_table.c.mailing_id == mailing_id, _table.c.lane == lane)
        .where(_table.c.state == BatchState.READY)
        .order_by(_table.c.not_before)
        .limit(1)
    )


def open_lanes(connection: Connection, *states: BatchState) -> set[tuple[int, int]]:
    """The lanes, as mailing and number, that hold a batch in one of those states."""
    rows = connection.execute(
        select(_table.c.mailing_id, _table.c.lane).where(_table.c.state.in_(states)).distinct()
    )
    return {(row.mailing_id, row.lane) for row in rows}


def due_lanes(connection: Connection, *, now: dt.datetime) -> set[tuple[int, int]]:
    """The lanes, as mailing and number, with a batch that may be claimed now."""
    rows = connection.execute(
        select(_table.c.mailing_id, _table.c.lane)
        .where(_table.c.state == BatchState.READY, _is_due(now))
        .distinct()
    )
    return {(row.mailing_id, row.lane) for row in rows}


def open_in_lane(connection: Connection, mailing_id: int, *, lane: int) -> bool:
    """Whether the lane holds a batch that has not come to its end."""
    query = select(_table.c.id).where(_table.c.mailing_id == mailing_id, _table.c.lane == lane)
    unfinished = [BatchState.READY, BatchState.CALLING]
    return connection.execute(query.where(_table.c.state.in_(unfinished)).limit(1)).first() is not None


def close_ready(connection: Connection, mailing_id: int, *, now: dt.datetime) -> None:
    """Whatever of the mailing waits comes to its end: nothing of it was sent."""
    connection.execute(
        update(_table)
        .where(_table.c.mailing_id == mailing_id, _table.c.state == BatchState.READY)
        .values(state=BatchState.REJECTED, reason="cancelled", not_before=None, changed_at=now)
    )


def claim_batch(connection: Connection, batch_id: int, *, transport: str, now: dt.datetime) -> int | None:
    """From ready to calling. Returns the attempt, None where the batch is not ready any more."""
    values = {"batch": batch_id, "through": transport, "at": now}
    attempt: int | None = connection.scalar(_CLAIM, values)
    return attempt


def accept_call(
    connection: Connection, batch_id: int, *, attempt: int, reference: str, now: dt.datetime
) -> bool:
    """The call of that attempt, and with it the batch, was accepted; False where the batch is not in it.

    `reference` is the provider's own name for the call, by which its staff can find it.
    """
    values = {"batch": batch_id, "which": attempt, "name": reference, "at": now}
    return int(connection.execute(_ACCEPT, values).rowcount) == 1


def standing(connection: Connection, batch_id: int) -> tuple[BatchState, int]:
    """State and attempt of the batch, held as they are until the transaction ends."""
    row = connection.execute(
        select(_table.c.state, _table.c.attempt).where(_table.c.id == batch_id).with_for_update()
    ).one()
    return row.state, row.attempt


def settle_batch(
    connection: Connection,
    batch_id: int,
    *,
    state: BatchState,
    now: dt.datetime,
    reason: str = "",
    not_before: dt.datetime | None = None,
) -> None:
    """Leave the call: the batch is `ready` again, not before that time, or has come to its end."""
    connection.execute(
        update(_table)
        .where(_table.c.id == batch_id)
        .values(state=state, reason=reason, not_before=not_before, changed_at=now)
    )


def note_reference(connection: Connection, batch_id: int, reference: str) -> None:
    """Keep the provider's own name for the call, by which its staff can find it."""
    connection.execute(update(_table).where(_table.c.id == batch_id).values(provider_reference=reference))


def calling_batches(connection: Connection, mailing_id: int, *, lane: int) -> list[int]:
    """The batches of the lane whose call has no answer."""
    return list(
        connection.scalars(
            select(_table.c.id)
            .where(_table.c.mailing_id == mailing_id, _table.c.lane == lane)
            .where(_table.c.state == BatchState.CALLING)
            .order_by(_table.c.id)
            .with_for_update()
        )
    )


def _is_due(now: dt.datetime) -> ColumnElement[bool]:
    not_before = _table.c.not_before
    return or_(
        not_before.is_(None),
        not_before <= now,
        not_before > now + LONGEST_WAIT,
        _table.c.changed_at > now + AHEAD,
    )


def _new(mailing_id: int, *, lane: int, now: dt.datetime) -> dict[str, object]:
    return {
        "mailing_id": mailing_id,
        "lane": lane,
        "state": BatchState.READY,
        "attempt": 0,
        "provider_reference": "",
        "changed_at": now,
    }
