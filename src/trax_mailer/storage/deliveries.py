"""Deliveries: one subscriber's copy each, one row each, and what became of handing it over."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, cast, func, or_, select, update

from trax_mailer.model.mailing import Handover, Proof
from trax_mailer.model.subscriber import Subscriber, SubscriptionState, SuppressionReason
from trax_mailer.storage import schema

_table = schema.delivery
_subscriber = schema.subscriber
_subscription = schema.subscription
_suppression = schema.suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The next deliveries of a batch that wait: from one subscriber's id to another, `count` of them."""

    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a reader stands now. `subscription` is None where they are not on the list any more."""

    subscriber_id: int
    subscription: SubscriptionState | None
    suppression: SuppressionReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A reader whose delivery is in a call; `tries` says how often it was put off before."""

    subscriber: Subscriber
    subscriber_id: int
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one delivery; `batch_id` moves it to another batch, `put_off` counts a try."""

    subscriber_id: int
    handover: Handover
    reason: str = ""
    batch_id: int | None = None
    put_off: bool = False


def next_window(connection: Connection, mailing_id: int, batch_id: int, *, limit: int) -> Window | None:
    """The next deliveries of the batch that wait, in order of id, at most `limit`; None where none waits."""
    waiting = (
        select(_table.c.subscriber_id)
        .where(_within(mailing_id, batch_id, Handover.QUEUED))
        .order_by(_table.c.subscriber_id)
        .limit(limit)
        .subquery()
    )
    ids = waiting.c.subscriber_id
    row = connection.execute(select(func.min(ids), func.max(ids), func.count())).one()
    return Window(first=row[0], last=row[1], count=row[2]) if row[2] else None


def not_to_mail(
    connection: Connection, mailing_id: int, batch_id: int, window: Window, *, list_id: int
) -> list[Standing]:
    """Those of the window who must not be mailed as they stand this moment."""
    on_list = and_(
        _subscription.c.subscriber_id == _table.c.subscriber_id, _subscription.c.list_id == list_id
    )
    stays = _subscription.c.state
    query = (
        select(_table.c.subscriber_id, stays, _suppression.c.reason)
        .join(_subscriber, _subscriber.c.id == _table.c.subscriber_id)
        .outerjoin(_subscription, on_list)
        .outerjoin(_suppression, _suppression.c.address == _subscriber.c.address)
        .where(_within(mailing_id, batch_id, Handover.QUEUED), _in_window(window))
        .where(
            or_(stays.is_(None), stays != SubscriptionState.SUBSCRIBED, _suppression.c.reason.is_not(None))
        )
    )
    return [
        Standing(subscriber_id=row[0], subscription=row[1], suppression=row[2])
        for row in connection.execute(query)
    ]


def addresses_in(
    connection: Connection, mailing_id: int, batch_id: int, window: Window
) -> list[tuple[int, str]]:
    """The ids of those of the window who wait, and the addresses they have now."""
    query = (
        select(_table.c.subscriber_id, _subscriber.c.email)
        .join(_subscriber, _subscriber.c.id == _table.c.subscriber_id)
        .where(_within(mailing_id, batch_id, Handover.QUEUED), _in_window(window))
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def mark_calling(
    connection: Connection, mailing_id: int, batch_id: int, window: Window, *, now: dt.datetime
) -> None:
    """Whoever of the window still waits is being handed over, to the address they have now."""
    present = select(_subscriber.c.email).where(_subscriber.c.id == _table.c.subscriber_id)
    connection.execute(
        update(_table)
        .where(_within(mailing_id, batch_id, Handover.QUEUED), _in_window(window))
        .values(handover=Handover.CALLING, address=present.scalar_subquery(), reason="", changed_at=now)
    )


def in_call(connection: Connection, mailing_id: int, batch_id: int, window: Window) -> list[Called]:
    """Whoever of the window is being handed over, in order of id, with the address that was written down."""
    query = (
        select(
            _table.c.subscriber_id,
            _table.c.address,
            _table.c.tries,
            _subscriber.c.name,
            _subscriber.c.language,
            cast(_subscriber.c.fields, Text),
        )
        .join(_subscriber, _subscriber.c.id == _table.c.subscriber_id)
        .where(_within(mailing_id, batch_id, Handover.CALLING), _in_window(window))
        .order_by(_table.c.subscriber_id)
    )
    return [
        Called(
            subscriber=Subscriber(
                id=reader, email=address, name=name, language=language, fields=_fields(fields)
            ),
            subscriber_id=reader,
            tries=tries,
        )
        for reader, address, tries, name, language, fields in connection.execute(query)
    ]


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


def settle_rest(
    connection: Connection,
    mailing_id: int,
    batch_id: int,
    window: Window,
    *,
    end: tuple[Handover, str],
    now: dt.datetime,
) -> None:
    """The same end, as handover and reason, for everybody of the window who is still in the call."""
    connection.execute(
        update(_table)
        .where(_within(mailing_id, batch_id, Handover.CALLING), _in_window(window))
        .values(handover=end[0], reason=end[1], changed_at=now)
    )


def standing_at(
    connection: Connection, mailing_id: int, handover: Handover, subscribers: Sequence[int]
) -> set[int]:
    """Those of the subscribers whose delivery stands there, held until the transaction ends."""
    return set(
        connection.scalars(
            select(_table.c.subscriber_id)
            .where(_table.c.mailing_id == mailing_id, _table.c.handover == handover)
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


def count_proof(connection: Connection, mailing_id: int) -> Proof:
    """The account of the mailing, counted from its deliveries."""
    counts = count_mailing(connection, mailing_id)
    return Proof(
        audience=sum(counts.values()),
        accepted=counts.get(Handover.ACCEPTED, 0),
        skipped=counts.get(Handover.SKIPPED, 0),
        failed=counts.get(Handover.FAILED, 0),
        uncertain=counts.get(Handover.UNCERTAIN, 0),
        waiting=counts.get(Handover.QUEUED, 0) + counts.get(Handover.CALLING, 0),
    )


def anybody_at(connection: Connection, mailing_id: int, *handovers: Handover) -> bool:
    """Whether any delivery of the mailing stands there."""
    query = select(_table.c.subscriber_id).where(_table.c.mailing_id == mailing_id)
    return connection.execute(query.where(_table.c.handover.in_(handovers)).limit(1)).first() is not None


def requeue(
    connection: Connection, mailing_id: int, subscribers: Sequence[int], *, batch_id: int, now: dt.datetime
) -> None:
    """Those wait again, in that batch, with all their tries before them."""
    connection.execute(
        update(_table)
        .where(_table.c.mailing_id == mailing_id, _table.c.subscriber_id.in_(subscribers))
        .values(handover=Handover.QUEUED, reason="", batch_id=batch_id, tries=0, changed_at=now)
    )


def _within(mailing_id: int, batch_id: int, handover: Handover) -> ColumnElement[bool]:
    return and_(
        _table.c.mailing_id == mailing_id, _table.c.batch_id == batch_id, _table.c.handover == handover
    )


def _in_window(window: Window) -> ColumnElement[bool]:
    return _table.c.subscriber_id.between(window.first, window.last)


def _fields(written: str) -> dict[str, str]:
    return {} if written == "{}" else json.loads(written)
