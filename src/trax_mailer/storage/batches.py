"""Batches: deliveries handed over together. `attempt` counts the claims of a batch and never goes back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, insert, or_, select, update

from trax_mailer.model.mailing import BatchState
from trax_mailer.storage import schema

_table = schema.batch

LONGEST_WAIT = dt.timedelta(hours=2)
"""No batch is ever told to wait so long. One that waits longer was written while the clock was wrong."""


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
    values = {
        "mailing_id": mailing_id,
        "lane": lane,
        "state": BatchState.READY,
        "attempt": 0,
        "not_before": not_before,
        "provider_reference": "",
        "reason": reason,
        "changed_at": now,
    }
    return int(connection.execute(insert(_table).values(values).returning(_table.c.id)).scalar_one())


def peek(connection: Connection, mailing_id: int, *, lane: int, now: dt.datetime) -> int | None:
    """The first batch of the lane that may be claimed now, or None."""
    not_before = _table.c.not_before
    due = or_(not_before.is_(None), not_before <= now, not_before > now + LONGEST_WAIT)
    return connection.scalar(
        select(_table.c.id)
        .where(_table.c.mailing_id == mailing_id, _table.c.lane == lane)
        .where(_table.c.state == BatchState.READY)
        .where(due)
        .order_by(_table.c.id)
        .limit(1)
    )


def next_due(connection: Connection, mailing_id: int, *, lane: int) -> dt.datetime | None:
    """When the first of the waiting batches may be claimed; None where none waits."""
    return connection.scalar(
        select(_table.c.not_before)
        .where(_table.c.mailing_id == mailing_id, _table.c.lane == lane)
        .where(_table.c.state == BatchState.READY)
        .order_by(_table.c.not_before)
        .limit(1)
    )


def claim_batch(connection: Connection, batch_id: int, *, now: dt.datetime) -> int | None:
    """From ready to calling. Returns the attempt, None where the batch is not ready any more."""
    attempt: int | None = connection.scalar(
        update(_table)
        .where(_table.c.id == batch_id, _table.c.state == BatchState.READY)
        .values(state=BatchState.CALLING, attempt=_table.c.attempt + 1, not_before=None, changed_at=now)
        .returning(_table.c.attempt)
    )
    return attempt


def is_calling(connection: Connection, batch_id: int, *, attempt: int) -> bool:
    """Whether the batch is still in that very call."""
    state = select(_table.c.id).where(_table.c.id == batch_id, _table.c.attempt == attempt)
    return connection.execute(state.where(_table.c.state == BatchState.CALLING)).first() is not None


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
        )
    )
