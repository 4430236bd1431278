"""Events: what was reported about deliveries, and what it proves.

Of a report only its kind, its time and the other side's words without addresses are kept.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from trax_mailer.model.event import DeliveryEvent, EventKind
from trax_mailer.model.mailing import BatchState, Handover, Outcome
from trax_mailer.storage import schema
from trax_mailer.storage.deliveries import count_proof
from trax_mailer.storage.mailings import store_proof, stored_proof

PROVED = "no answer was seen, but it was taken:"
"""So begins the reason of a delivery that was uncertain until an event proved that it was accepted."""

_table = schema.event
_delivery = schema.delivery
_batch = schema.batch
_CHUNK = 500

_OUTCOME = {
    EventKind.PROCESSED: Outcome.UNKNOWN,
    EventKind.DEFERRED: Outcome.DEFERRED,
    EventKind.DELIVERED: Outcome.DELIVERED,
    EventKind.BLOCKED: Outcome.BLOCKED,
    EventKind.DROPPED: Outcome.DROPPED,
    EventKind.BOUNCED: Outcome.BOUNCED,
    EventKind.COMPLAINED: Outcome.COMPLAINED,
}
"""In order of rank: a later one stands, in whatever order the events arrive."""

_KINDS = tuple(_OUTCOME)
_RANK_DIGIT = {kind: str(rank) for rank, kind in enumerate(_KINDS)}
_RANK = {outcome: rank for rank, outcome in enumerate(_OUTCOME.values())}


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the ledger says about one delivery: the row before, or the row to be."""

    handover: Handover
    outcome: Outcome
    reason: str


def add_events(connection: Connection, events: Sequence[DeliveryEvent], *, now: dt.datetime) -> int:
    """Keep the events that are not known yet. Returns how many those were."""
    # In order of key, so that two writers of the same events wait for each other, and not in a circle.
    rows = [
        {
            "key": one.key,
            "provider": one.provider,
            "mailing_id": one.mailing_id,
            "subscriber_id": one.subscriber_id,
            "kind": one.kind,
            "occurred_at": one.occurred_at,
            "received_at": now,
            "reason": one.reason,
        }
        for one in sorted({one.key: one for one in events}.values(), key=lambda one: one.key)
    ]
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    keep = dialect.insert(_table).on_conflict_do_nothing(index_elements=["key"]).returning(_table.c.id)
    return len(connection.execute(keep, rows).all())


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
    for start in range(0, len(known), _CHUNK):
        part = known[start : start + _CHUNK]
        settled += _settle(connection, mailing_id, part, wait=subscribers is not None, now=now)
    if settled and stored_proof(connection, mailing_id) is not None:
        store_proof(connection, mailing_id, proof=count_proof(connection, mailing_id))
    return settled


def in_doubt(connection: Connection, mailing_id: int, subscribers: Sequence[int]) -> set[int]:
    """Those of the subscribers whose delivery is in a call, or uncertain."""
    open_still = and_(
        _delivery.c.mailing_id == mailing_id,
        _delivery.c.handover.in_([Handover.CALLING, Handover.UNCERTAIN]),
    )
    return {
        one
        for part in _parts(subscribers)
        for one in connection.scalars(
            select(_delivery.c.subscriber_id).where(open_still, _delivery.c.subscriber_id.in_(part))
        )
    }


def evidence_of(
    connection: Connection, mailing_id: int, subscribers: Sequence[int]
) -> dict[int, list[DeliveryEvent]]:
    """The events known of each of the subscribers' deliveries, the oldest first; nothing where none is."""
    found: dict[int, list[DeliveryEvent]] = defaultdict(list)
    for part in _parts(subscribers):
        wanted = select(_table).where(_about(mailing_id, part)).order_by(_table.c.occurred_at, _table.c.key)
        for row in connection.execute(wanted):
            found[row.subscriber_id].append(
                DeliveryEvent(
                    key=row.key,
                    provider=row.provider,
                    mailing_id=row.mailing_id,
                    subscriber_id=row.subscriber_id,
                    kind=row.kind,
                    occurred_at=row.occurred_at,
                    reason=row.reason,
                )
            )
    return dict(found)


def _told_of(connection: Connection, mailing_id: int) -> Iterable[int]:
    """Whose delivery is uncertain although an event of it is known."""
    told = select(_table.c.id).where(
        _table.c.mailing_id == mailing_id, _table.c.subscriber_id == _delivery.c.subscriber_id
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
    changes: dict[tuple[_Standing, bool], list[int]] = defaultdict(list)
    for subscriber_id, event in strongest.items():
        row = rows[subscriber_id]
        after = _after(row, *event)
        if after != row:
            changes[after, row.handover is Handover.UNCERTAIN].append(subscriber_id)
    for (after, was_uncertain), who in changes.items():
        connection.execute(
            update(_delivery)
            .where(_delivery.c.mailing_id == mailing_id, _delivery.c.subscriber_id.in_(who))
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
) -> tuple[dict[int, _Standing], set[int]]:
    """The deliveries as they are now, and as they stay until the transaction ends; and their batches.

    On PostgreSQL a lane may be writing down the answer at this moment. Whoever adds an event waits for it,
    first for the batch, as lanes do, and sees what it wrote. A lane that looks for events once it has
    written need not wait: what another transaction holds is settled by that one.
    """
    here = and_(_delivery.c.mailing_id == mailing_id, _delivery.c.subscriber_id.in_(subscribers))
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
    standings = {row.subscriber_id: _Standing(row.handover, row.outcome, row.reason) for row in found}
    return standings, {row.batch_id for row in found if row.batch_id is not None}


def _strongest(
    connection: Connection, mailing_id: int, subscribers: Sequence[int]
) -> dict[int, tuple[EventKind, str]]:
    """The event of the highest rank of each, with its provider. Read once the deliveries are held.

    Looked up reader by reader: PostgreSQL would read all events of the mailing for a list of readers,
    as long as it has no statistics of a table that grows so quickly.
    """
    ranked = case(_RANK_DIGIT, value=_table.c.kind).concat(_table.c.provider)
    strongest = (
        select(func.max(ranked))
        .where(_table.c.mailing_id == _delivery.c.mailing_id)
        .where(_table.c.subscriber_id == _delivery.c.subscriber_id)
        .scalar_subquery()
    )
    here = and_(_delivery.c.mailing_id == mailing_id, _delivery.c.subscriber_id.in_(subscribers))
    rows = connection.execute(select(_delivery.c.subscriber_id, strongest.label("event")).where(here))
    return {
        row.subscriber_id: (_KINDS[int(row.event[0])], row.event[1:]) for row in rows if row.event is not None
    }


def _after(row: _Standing, kind: EventKind, provider: str) -> _Standing:
    proved = row.handover is Handover.UNCERTAIN or row.reason.startswith(PROVED)
    return _Standing(
        handover=Handover.ACCEPTED if row.handover is Handover.UNCERTAIN else row.handover,
        outcome=max(row.outcome, _OUTCOME[kind], key=lambda outcome: _RANK[outcome]),
        reason=f"{PROVED} {kind}, says {provider}" if proved else row.reason,
    )


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


def _about(mailing_id: int, subscribers: Sequence[int]) -> ColumnElement[bool]:
    return and_(_table.c.mailing_id == mailing_id, _table.c.subscriber_id.in_(subscribers))


def _parts(subscribers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Few enough for one statement each."""
    for start in range(0, len(subscribers), _CHUNK):
        yield subscribers[start : start + _CHUNK]
