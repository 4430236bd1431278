"""Batches: deliveries handed over together; made, claimed, and settled.

`attempt` counts the claims of a batch and never goes back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

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
    .returning(_table.c.attempt, _table.c.topics)
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


def add_batches(  # noqa: PLR0913 - what a batch is made of
    connection: Connection,
    mailing_id: int,
    *,
    count: int,
    lanes: int,
    now: dt.datetime,
    first: int = 0,
    topics: str = "",
) -> None:
    """New batches, ready, numbered from `first` and dealt out to the lanes in turn.

    `topics` are those that their readers chose, as they are stored.
    """
    rows = [
        _new(mailing_id, lane=number % lanes, now=now)
        | {"number": number, "not_before": None, "reason": "", "topics": topics}
        for number in range(first, first + count)
    ]
    if rows:
        connection.execute(insert(_table), rows)


def add_batch(  # noqa: PLR0913 - what a batch is made of
    connection: Connection,
    mailing_id: int,
    *,
    lane: int,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
    reason: str = "",
    topics: str = "",
) -> int:
    """A new batch, ready, for readers who chose these topics. Returns its id."""
    values = _new(mailing_id, lane=lane, now=now)
    values |= {"not_before": not_before, "reason": reason, "topics": topics}
    return int(connection.execute(insert(_table).values(values).returning(_table.c.id)).scalar_one())


def close_ready(connection: Connection, mailing_id: int, *, now: dt.datetime) -> None:
    """Whatever of the mailing waits comes to its end: nothing of it was sent."""
    connection.execute(
        update(_table)
        .where(_table.c.mailing_id == mailing_id, _table.c.state == BatchState.READY)
        .values(state=BatchState.REJECTED, reason="cancelled", not_before=None, changed_at=now)
    )


def claim_batch(
    connection: Connection, batch_id: int, *, transport: str, now: dt.datetime
) -> tuple[int, str] | None:
    """From ready to calling. Returns the attempt, and the topics of the batch's readers as they are stored.

    None where the batch is not ready any more.
    """
    row = connection.execute(_CLAIM, {"batch": batch_id, "through": transport, "at": now}).first()
    return None if row is None else (row[0], row[1])


def by_topics(connection: Connection, mailing_id: int, subscribers: Sequence[int]) -> dict[str, list[int]]:
    """The subscribers by the topics of the batch that their delivery lies in."""
    delivery = schema.delivery
    rows = connection.execute(
        select(delivery.c.subscriber_id, func.coalesce(_table.c.topics, ""))
        .outerjoin(_table, _table.c.id == delivery.c.batch_id)
        .where(delivery.c.mailing_id == mailing_id, delivery.c.subscriber_id.in_(subscribers))
        .order_by(delivery.c.subscriber_id)
    )
    found: dict[str, list[int]] = {}
    for subscriber_id, topics in rows:
        found.setdefault(topics, []).append(subscriber_id)
    return found


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
