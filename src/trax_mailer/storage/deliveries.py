"""Deliveries: one subscriber's copy each, one row each, and what became of handing it over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select, update

from trax_mailer.model.mailing import Handover, Outcome, Unreached
from trax_mailer.model.subscriber import Subscriber, SubscriptionState, SuppressionReason
from trax_mailer.storage import schema

_table = schema.delivery
_subscriber = schema.subscriber
_subscription = schema.subscription
_suppression = schema.suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A subscriber who may get a copy. `subscription` is None where they are not on the list any more."""

    subscriber: Subscriber
    subscriber_id: int
    subscription: SubscriptionState | None
    suppression: SuppressionReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one delivery; `batch_id` moves it to another batch."""

    subscriber_id: int
    handover: Handover
    reason: str = ""
    batch_id: int | None = None


def subscribed(connection: Connection, list_id: int, *, after: int, limit: int) -> list[Candidate]:
    """The next subscribers of the list with an id over `after`, in order of id."""
    query = (
        select(_subscriber, _subscription.c.state, _suppression.c.reason)
        .join(_subscription, _subscription.c.subscriber_id == _subscriber.c.id)
        .outerjoin(_suppression, _suppression.c.address == _subscriber.c.address)
        .where(_subscription.c.list_id == list_id, _subscription.c.state == SubscriptionState.SUBSCRIBED)
        .where(_subscriber.c.id > after)
        .order_by(_subscriber.c.id)
        .limit(limit)
    )
    return [_candidate(row) for row in connection.execute(query)]


def queued(connection: Connection, batch_id: int, *, list_id: int, limit: int) -> list[Candidate]:
    """The batch's next deliveries that wait, each with where the subscriber stands this moment."""
    on_list = and_(_subscription.c.subscriber_id == _subscriber.c.id, _subscription.c.list_id == list_id)
    query = (
        select(_subscriber, _subscription.c.state, _suppression.c.reason)
        .join(_table, _table.c.subscriber_id == _subscriber.c.id)
        .outerjoin(_subscription, on_list)
        .outerjoin(_suppression, _suppression.c.address == _subscriber.c.address)
        .where(_table.c.batch_id == batch_id, _table.c.handover == Handover.QUEUED)
        .order_by(_subscriber.c.id)
        .limit(limit)
    )
    return [_candidate(row) for row in connection.execute(query)]


def add_deliveries(
    connection: Connection,
    mailing_id: int,
    rows: Iterable[tuple[Candidate, Handover, str]],
    *,
    batch_id: int | None,
    now: dt.datetime,
) -> None:
    """New deliveries: for each subscriber, where they stand and why."""
    values = [
        {
            "mailing_id": mailing_id,
            "subscriber_id": candidate.subscriber_id,
            "batch_id": batch_id if handover is Handover.QUEUED else None,
            "address": candidate.subscriber.email,
            "handover": handover,
            "outcome": Outcome.UNKNOWN,
            "reason": reason,
            "changed_at": now,
        }
        for candidate, handover, reason in rows
    ]
    if values:
        connection.execute(insert(_table), values)


def mark_calling(
    connection: Connection, mailing_id: int, claimed: Sequence[Candidate], *, now: dt.datetime
) -> None:
    """The deliveries are being handed over, to the addresses that the subscribers have now."""
    change = (
        update(_table)
        .where(_table.c.mailing_id == mailing_id, _table.c.subscriber_id == bindparam("who"))
        .values(handover=Handover.CALLING, address=bindparam("email"), reason="", changed_at=now)
    )
    rows = [{"who": one.subscriber_id, "email": one.subscriber.email} for one in claimed]
    if rows:
        connection.execute(change, rows)


def settle(connection: Connection, mailing_id: int, settled: Iterable[Settled], *, now: dt.datetime) -> None:
    """Write down what became of each."""
    here = and_(_table.c.mailing_id == mailing_id, _table.c.subscriber_id == bindparam("who"))
    change = (
        update(_table).where(here).values(handover=bindparam("what"), reason=bindparam("why"), changed_at=now)
    )
    move = update(_table).where(here).values(batch_id=bindparam("batch"))
    settled = list(settled)
    rows = [{"who": one.subscriber_id, "what": one.handover, "why": one.reason} for one in settled]
    moves = [{"who": one.subscriber_id, "batch": one.batch_id} for one in settled if one.batch_id]
    if rows:
        connection.execute(change, rows)
    if moves:
        connection.execute(move, moves)


def orphans_to_uncertain(connection: Connection, batch_id: int, *, reason: str, now: dt.datetime) -> int:
    """Whatever of the batch is in a call whose answer nobody waits for is uncertain. Returns how many."""
    changed = connection.execute(
        update(_table)
        .where(_table.c.batch_id == batch_id, _table.c.handover == Handover.CALLING)
        .values(handover=Handover.UNCERTAIN, reason=reason, changed_at=now)
    )
    return int(changed.rowcount)


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


def not_reached(connection: Connection, mailing_id: int) -> list[Unreached]:
    """Who was skipped, refused, or not surely reached, and why."""
    missed = [Handover.FAILED, Handover.SKIPPED, Handover.UNCERTAIN]
    rows = connection.execute(
        select(_table)
        .where(_table.c.mailing_id == mailing_id, _table.c.handover != Handover.ACCEPTED)
        .where(_table.c.handover.in_(missed))
        .order_by(_table.c.handover, _table.c.subscriber_id)
    )
    return [
        Unreached(
            delivery=f"{mailing_id}.{row.subscriber_id}",
            email=row.address,
            handover=row.handover,
            reason=row.reason,
        )
        for row in rows
    ]


def _candidate(row: Row[Any]) -> Candidate:
    subscriber = Subscriber(
        id=row.id, email=row.email, name=row.name, language=row.language, fields=row.fields
    )
    return Candidate(
        subscriber=subscriber, subscriber_id=row.id, subscription=row.state, suppression=row.reason
    )
