"""What events prove: who was uncertain is accepted, and the outcome is the strongest that was reported."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, and_, case, func, select, update

from trax_mailer.model.event import EventKind
from trax_mailer.model.mailing import BatchState, Handover
from trax_mailer.storage import schema
from trax_mailer.storage.events import in_parts
from trax_mailer.storage.evidence import KINDS, PROVED_BEGINS, Standing, after_event, raises
from trax_mailer.storage.many_rows import is_among
from trax_mailer.storage.proofs import refresh_proof

_event = schema.event
_delivery = schema.delivery
_batch = schema.batch
_AT_ONCE = 5_000
_RANK_DIGIT = {kind: str(rank) for rank, kind in enumerate(KINDS)}


def settle_by_events(
    connection: Connection, mailing_id: int, *, now: dt.datetime, subscribers: Sequence[int] | None = None
) -> int:
    """Uncertain deliveries of which an event is known are accepted, with a reason that names it.

    The outcome of the deliveries moves to the one of the highest rank that was reported. The same events
    in any order, repeated or not, lead to the same rows. Without `subscribers` it is about all that are
    uncertain. Returns how many were settled.
    """
    settled = 0
    known = sorted(set(subscribers) if subscribers is not None else _told_of(connection, mailing_id))
    for part in in_parts(known, size=_AT_ONCE):
        settled += _settle(connection, mailing_id, part, wait=subscribers is not None, now=now)
    if settled:
        refresh_proof(connection, mailing_id)
    return settled


def settle_new_events(
    connection: Connection, mailing_id: int, told: Mapping[int, EventKind], *, now: dt.datetime
) -> int:
    """Like `settle_by_events`, for the strongest event that is new of each subscriber.

    Where the answer was seen, only the outcome can move: what was known before has moved it already. All
    other deliveries are looked at one by one.
    """
    here = and_(_delivery.c.mailing_id == mailing_id, is_among(connection, _delivery.c.subscriber_id, told))
    plain = and_(_delivery.c.handover == Handover.ACCEPTED, ~_delivery.c.reason.like(PROVED_BEGINS))
    others = connection.scalars(select(_delivery.c.subscriber_id).where(here, ~plain)).all()
    settled = settle_by_events(connection, mailing_id, subscribers=others, now=now) if others else 0
    by_kind: dict[EventKind, list[int]] = defaultdict(list)
    for subscriber_id in sorted(told.keys() - set(others)):
        by_kind[told[subscriber_id]].append(subscriber_id)
    for kind, who in sorted(by_kind.items()):
        outcome, lesser = raises(kind)
        if lesser:
            among = is_among(connection, _delivery.c.subscriber_id, who)
            moved = update(_delivery).where(_delivery.c.mailing_id == mailing_id, among, plain)
            connection.execute(moved.where(_delivery.c.outcome.in_(lesser)).values(outcome=outcome))
    return settled


def in_doubt(connection: Connection, mailing_id: int, subscribers: Sequence[int]) -> set[int]:
    """Those of the subscribers whose delivery is in a call, or uncertain."""
    open_still = and_(
        _delivery.c.mailing_id == mailing_id,
        _delivery.c.handover.in_([Handover.CALLING, Handover.UNCERTAIN]),
    )
    if not subscribers:
        return set()
    among = is_among(connection, _delivery.c.subscriber_id, subscribers)
    return set(connection.scalars(select(_delivery.c.subscriber_id).where(open_still, among)))


def _told_of(connection: Connection, mailing_id: int) -> Iterable[int]:
    """Whose delivery is uncertain although an event of it is known."""
    told = select(_event.c.id).where(
        _event.c.mailing_id == mailing_id, _event.c.subscriber_id == _delivery.c.subscriber_id
    )
    return connection.scalars(
        select(_delivery.c.subscriber_id)
        .where(_delivery.c.mailing_id == mailing_id, _delivery.c.handover == Handover.UNCERTAIN)
        .where(told.exists())
    )


def _settle(
    connection: Connection, mailing_id: int, subscribers: Sequence[int], *, wait: bool, now: dt.datetime
) -> int:
    rows, batches = _hold(connection, mailing_id, subscribers, wait=wait)
    strongest = _strongest(connection, mailing_id, sorted(rows))
    changes: dict[tuple[Standing, bool], list[int]] = defaultdict(list)
    for subscriber_id, event in strongest.items():
        row = rows[subscriber_id]
        after = after_event(row, *event)
        if after != row:
            changes[after, row.handover is Handover.UNCERTAIN].append(subscriber_id)
    for (after, was_uncertain), who in changes.items():
        connection.execute(
            update(_delivery)
            .where(_delivery.c.mailing_id == mailing_id, is_among(connection, _delivery.c.subscriber_id, who))
            .values(
                handover=after.handover,
                outcome=after.outcome,
                reason=after.reason,
                changed_at=now if was_uncertain else _delivery.c.changed_at,
            )
        )
    settled = [who for (_, was_uncertain), who in changes.items() if was_uncertain]
    if settled:
        _close_batches(connection, batches)
    return sum(map(len, settled))


def _hold(
    connection: Connection, mailing_id: int, subscribers: Sequence[int], *, wait: bool
) -> tuple[dict[int, Standing], set[int]]:
    """The deliveries as they are now, and as they stay until the transaction ends; and their batches.

    On PostgreSQL a lane may be writing down the answer at this moment. Whoever adds an event waits for it,
    first for the batch, as lanes do, and sees what it wrote. A lane that looks for events once it has
    written need not wait: what another transaction holds is settled by that one.
    """
    here = and_(
        _delivery.c.mailing_id == mailing_id, is_among(connection, _delivery.c.subscriber_id, subscribers)
    )
    if wait:
        of_those = select(_delivery.c.batch_id).where(here)
        ordered = select(_batch.c.id).where(_batch.c.id.in_(of_those)).order_by(_batch.c.id)
        connection.execute(ordered.with_for_update())
    rows = (
        select(
            _delivery.c.subscriber_id,
            _delivery.c.batch_id,
            _delivery.c.handover,
            _delivery.c.outcome,
            _delivery.c.reason,
        )
        .where(here)
        .order_by(_delivery.c.subscriber_id)
        .with_for_update(skip_locked=not wait)
    )
    found = connection.execute(rows).all()
    standings = {row.subscriber_id: Standing(row.handover, row.outcome, row.reason) for row in found}
    return standings, {row.batch_id for row in found if row.batch_id is not None}


def _strongest(
    connection: Connection, mailing_id: int, subscribers: Sequence[int]
) -> dict[int, tuple[EventKind, str]]:
    """The event of the highest rank of each, with its provider. Read once the deliveries are held.

    Looked up reader by reader: PostgreSQL would read all events of the mailing for a list of readers,
    as long as it has no statistics of a table that grows so quickly.
    """
    ranked = case(_RANK_DIGIT, value=_event.c.kind).concat(_event.c.provider)
    strongest = (
        select(func.max(ranked))
        .where(_event.c.mailing_id == _delivery.c.mailing_id)
        .where(_event.c.subscriber_id == _delivery.c.subscriber_id)
        .scalar_subquery()
    )
    here = and_(
        _delivery.c.mailing_id == mailing_id, is_among(connection, _delivery.c.subscriber_id, subscribers)
    )
    rows = connection.execute(select(_delivery.c.subscriber_id, strongest.label("event")).where(here))
    return {
        row.subscriber_id: (KINDS[int(row.event[0])], row.event[1:]) for row in rows if row.event is not None
    }


def _close_batches(connection: Connection, batches: set[int]) -> None:
    """A batch in which nothing is uncertain any more was answered for."""
    doubted = select(_delivery.c.subscriber_id).where(
        _delivery.c.batch_id == _batch.c.id, _delivery.c.handover == Handover.UNCERTAIN
    )
    free = connection.scalars(
        select(_batch.c.id)
        .where(_batch.c.id.in_(sorted(batches)), _batch.c.state == BatchState.UNCERTAIN, ~doubted.exists())
        .with_for_update(skip_locked=True)
    ).all()
    connection.execute(update(_batch).where(_batch.c.id.in_(free)).values(state=BatchState.ACCEPTED))
