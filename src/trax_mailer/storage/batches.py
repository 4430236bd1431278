"""Batches: deliveries handed over together; made, claimed, and settled.

`attempt` counts the claims of a batch and never goes back.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, Text, bindparam, func, insert, select, update

from trax_mailer.model.mailing import BatchState
from trax_mailer.storage import schema

_table = schema.batch

# Built once: a lane runs these hundreds of times a second, and building one costs more than running it.
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


def _new(mailing_id: int, *, lane: int, now: dt.datetime) -> dict[str, object]:
    return {
        "mailing_id": mailing_id,
        "lane": lane,
        "state": BatchState.READY,
        "attempt": 0,
        "provider_reference": "",
        "changed_at": now,
    }
