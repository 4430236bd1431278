"""Deliveries: one subscriber's copy each, one row each, and what became of handing it over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, select, update

from trax_mailer.model.mailing import Handover
from trax_mailer.storage import schema

_table = schema.delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one delivery; `batch_id` moves it to another batch, `put_off` counts a try."""

    subscriber_id: int
    handover: Handover
    reason: str = ""
    batch_id: int | None = None
    put_off: bool = False


def settle(connection: Connection, mailing_id: int, settled: Iterable[Settled], *, now: dt.datetime) -> None:
    """Write down what became of each."""
    here = and_(_table.c.mailing_id == mailing_id, _table.c.subscriber_id == bindparam("who"))
    change = (
        update(_table)
        .where(here)
        .values(
            handover=bindparam("what"),
            reason=bindparam("why"),
            tries=_table.c.tries + bindparam("more"),
            changed_at=now,
        )
    )
    move = update(_table).where(here).values(batch_id=bindparam("batch"))
    settled = list(settled)
    rows = [
        {"who": one.subscriber_id, "what": one.handover, "why": one.reason, "more": int(one.put_off)}
        for one in settled
    ]
    moves = [{"who": one.subscriber_id, "batch": one.batch_id} for one in settled if one.batch_id]
    if rows:
        connection.execute(change, rows)
    if moves:
        connection.execute(move, moves)


def standing_at(
    connection: Connection, mailing_id: int, batch_id: int, handover: Handover, subscribers: Sequence[int]
) -> set[int]:
    """Those of the subscribers whose delivery of that batch stands there, held until the transaction ends."""
    return set(
        connection.scalars(
            select(_table.c.subscriber_id)
            .where(_within(mailing_id, batch_id, handover))
            .where(_table.c.subscriber_id.in_(subscribers))
            .with_for_update()
        )
    )


def orphans_to_uncertain(connection: Connection, batch_id: int, *, reason: str, now: dt.datetime) -> int:
    """Whatever of the batch is in a call whose answer nobody waits for is uncertain. Returns how many."""
    changed = connection.execute(
        update(_table)
        .where(_table.c.batch_id == batch_id, _table.c.handover == Handover.CALLING)
        .values(handover=Handover.UNCERTAIN, reason=reason, changed_at=now)
    )
    return int(changed.rowcount)


def back_to_queue(connection: Connection, batch_id: int, *, now: dt.datetime) -> None:
    """Whatever of the batch was claimed waits again: surely nothing of it was sent."""
    connection.execute(
        update(_table)
        .where(_table.c.batch_id == batch_id, _table.c.handover == Handover.CALLING)
        .values(handover=Handover.QUEUED, changed_at=now)
    )


def skip_queued(connection: Connection, mailing_id: int, *, reason: str, now: dt.datetime) -> None:
    """Whoever waits in the mailing is skipped, for that reason."""
    connection.execute(
        update(_table)
        .where(_table.c.mailing_id == mailing_id, _table.c.handover == Handover.QUEUED)
        .values(handover=Handover.SKIPPED, reason=reason, changed_at=now)
    )


def count_batch(connection: Connection, batch_id: int) -> dict[Handover, int]:
    """How many deliveries of the batch stand where."""
    query = select(_table.c.handover, func.count()).where(_table.c.batch_id == batch_id)
    return {row[0]: row[1] for row in connection.execute(query.group_by(_table.c.handover))}


def count_mailing(connection: Connection, mailing_id: int) -> dict[Handover, int]:
    """How many deliveries of the mailing stand where."""
    query = select(_table.c.handover, func.count()).where(_table.c.mailing_id == mailing_id)
    return {row[0]: row[1] for row in connection.execute(query.group_by(_table.c.handover))}


def anybody_at(connection: Connection, mailing_id: int, *handovers: Handover) -> bool:
    """Whether any delivery of the mailing stands there."""
    query = select(_table.c.subscriber_id).where(_table.c.mailing_id == mailing_id, stands_at(handovers))
    return connection.execute(query.limit(1)).first() is not None


def stands_at(handovers: Sequence[Handover]) -> ColumnElement[bool]:
    """Whatever stands at one of those."""
    here = _table.c.handover.in_(handovers)
    if Handover.ACCEPTED in handovers:
        return here
    # So that the database can use the index of those not accepted.
    return and_(_table.c.handover != Handover.ACCEPTED, here)


def requeue(
    connection: Connection,
    mailing_id: int,
    subscribers: Sequence[int],
    *,
    was: Handover,
    batch_id: int,
    now: dt.datetime,
) -> int:
    """Those of them who stand at `was` wait again, in that batch, with all tries before them. How many."""
    changed = connection.execute(
        update(_table)
        .where(_table.c.mailing_id == mailing_id, _table.c.subscriber_id.in_(subscribers))
        .where(_table.c.handover == was)
        .values(handover=Handover.QUEUED, reason="", batch_id=batch_id, tries=0, changed_at=now)
    )
    return int(changed.rowcount)


def _within(mailing_id: int, batch_id: int, handover: Handover) -> ColumnElement[bool]:
    return and_(
        _table.c.mailing_id == mailing_id, _table.c.batch_id == batch_id, _table.c.handover == handover
    )
