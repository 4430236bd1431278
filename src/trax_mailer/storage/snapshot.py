"""The snapshot: the audience of a mailing, written down reader by reader, in a few statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    case,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    text,
    type_coerce,
)

from trax_mailer.model.mailing import Handover, Outcome
from trax_mailer.model.segments import Rule
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import batches, schema, variants
from trax_mailer.storage.segment_rules import condition

_table = schema.delivery
_subscriber = schema.subscriber
_subscription = schema.subscription
_suppression = schema.suppression

_HAVE_IT = (Handover.ACCEPTED, Handover.UNCERTAIN, Handover.CALLING, Handover.QUEUED)
"""Where a reader stands in another mailing of the issue who has it, may have it, or is to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who a mailing goes to. `others` are the mailings whose readers have the issue already.

    With `leave_out`, those readers are no part of the audience; else they are in it, as skipped. `topics` are
    those of the edition, sorted: who chose others alone is in the audience as skipped.
    `tracked` says that who must not be tracked needs a copy of another kind.
    With `segment`, it is those of the list alone for whom that rule holds now.
    """

    list_id: int
    others: tuple[int, ...]
    leave_out: bool
    topics: tuple[str, ...] = ()
    tracked: bool = False
    segment: Rule | None = None


def write_down(
    connection: Connection,
    mailing_id: int,
    audience: Audience,
    *,
    batch_size: int,
    lanes: int,
    now: dt.datetime,
) -> int:
    """Deliveries for everybody of the audience: queued in batches, or skipped. Returns how many there are.

    Takes the time of the database, not memory: no row passes through this process.
    """
    has_it = _has_it(audience.others)
    going = _on_list(audience).where(_suppression.c.reason.is_(None), ~has_it)
    told_apart = variants.variants_for(
        connection, audience.list_id, audience.topics, tracked=audience.tracked
    )
    if told_apart is None:
        to_mail = int(connection.execute(select(func.count()).select_from(going.subquery())).scalar_one())
        batches.add_batches(connection, mailing_id, count=-(-to_mail // batch_size), lanes=lanes, now=now)
        placed = _placed(going, batch_size=batch_size)
    else:
        going = going.where(~told_apart.empty)
        counts = variants.count_variants(connection, going, told_apart)
        to_mail = sum(counts.values())
        variants.add_variant_batches(
            connection, mailing_id, counts, batch_size=batch_size, lanes=lanes, now=now
        )
        placed = variants.place_variants(going, told_apart, batch_size=batch_size)
    if connection.dialect.name == "postgresql":
        # Without their number, the planner may read all readers anew for each of them.
        connection.execute(text("ANALYZE batch"))
    _add_queued(connection, mailing_id, placed, now=now)
    empty = told_apart.empty if told_apart else None
    skipped = _add_skipped(connection, mailing_id, audience, has_it=has_it, empty=empty, now=now)
    if connection.dialect.name == "postgresql":
        # Without numbers, the planner reads the whole table for every claim.
        connection.execute(text("ANALYZE delivery"))
    return to_mail + skipped


def count_by_topics(connection: Connection, audience: Audience) -> tuple[dict[str, int], int] | None:
    """How many would be mailed which variant of the edition, and for how many it is empty.

    None where all get the same. Who has the issue through another mailing is not counted.
    """
    told_apart = variants.variants_for(connection, audience.list_id, audience.topics)
    if told_apart is None:
        return None
    going = _on_list(audience).where(_suppression.c.reason.is_(None), ~_has_it(audience.others))
    counts = variants.count_variants(connection, going.where(~told_apart.empty), told_apart)
    none = select(func.count()).select_from(going.where(told_apart.empty).subquery())
    return counts, int(connection.execute(none).scalar_one())


def count_having(connection: Connection, audience: Audience) -> int:
    """How many on the list have the issue already, or are to get it through another mailing."""
    query = _on_list(audience).where(_has_it(audience.others))
    return int(connection.execute(select(func.count()).select_from(query.subquery())).scalar_one())


def having_it(connection: Connection, others: Sequence[int], subscribers: Sequence[int]) -> set[int]:
    """Those of the subscribers who have the issue, or are to get it, through one of these mailings."""
    return set(
        connection.scalars(
            select(_table.c.subscriber_id)
            .where(_table.c.mailing_id.in_(others), _table.c.subscriber_id.in_(subscribers))
            .where(_table.c.handover.in_(_HAVE_IT))
        )
    )


def _on_list(audience: Audience) -> Select[tuple[int, str, str | None]]:
    # By the subscription's column, so that its index gives the order without sorting.
    on_list = (
        select(_subscription.c.subscriber_id, _subscriber.c.email, _suppression.c.reason)
        .join(_subscriber, _subscriber.c.id == _subscription.c.subscriber_id)
        .outerjoin(_suppression, _suppression.c.address == _subscriber.c.address)
        .where(_subscription.c.list_id == audience.list_id)
        .where(_subscription.c.state == SubscriptionState.SUBSCRIBED)
    )
    return on_list if audience.segment is None else on_list.where(condition(audience.segment))


def _has_it(others: Sequence[int]) -> ColumnElement[bool]:
    return exists().where(
        _table.c.mailing_id.in_(others),
        _table.c.subscriber_id == _subscription.c.subscriber_id,
        _table.c.handover.in_(_HAVE_IT),
    )


def _placed(
    going: Select[tuple[int, str, str | None]], *, batch_size: int
) -> tuple[FromClause, ColumnElement[int]]:
    """Those readers, and the number of the batch that each belongs into."""
    place = func.row_number().over(order_by=_subscription.c.subscriber_id) - 1
    placed = going.add_columns(place.label("place")).subquery()
    return placed, placed.c.place // batch_size


def _add_queued(
    connection: Connection,
    mailing_id: int,
    to_place: tuple[FromClause, ColumnElement[int]],
    *,
    now: dt.datetime,
) -> None:
    placed, number = to_place
    source = select(
        literal(mailing_id),
        placed.c.subscriber_id,
        schema.batch.c.id,
        placed.c.email,
        literal(Handover.QUEUED, _table.c.handover.type),
        literal(Outcome.UNKNOWN, _table.c.outcome.type),
        literal(""),
        literal(now, _table.c.changed_at.type),
        literal(0),
    ).join(
        schema.batch,
        (schema.batch.c.mailing_id == mailing_id) & (schema.batch.c.number == number),
    )
    connection.execute(insert(_table).from_select(_COLUMNS, source))


def _add_skipped(
    connection: Connection,
    mailing_id: int,
    audience: Audience,
    *,
    has_it: ColumnElement[bool],
    empty: ColumnElement[bool] | None,
    now: dt.datetime,
) -> int:
    suppressed = _suppression.c.reason.is_not(None)
    without = suppressed if empty is None else suppressed | empty
    left_out = without & ~has_it if audience.leave_out else without | has_it
    why = case(
        (suppressed, "suppressed (" + func.coalesce(_words(_suppression.c.reason), "") + ")"),
        *(() if empty is None else ((~has_it, variants.NOTHING_CHOSEN),)),
        else_="has the issue already, through another mailing",
    )
    source = (
        _on_list(audience)
        .where(left_out)
        .with_only_columns(
            literal(mailing_id),
            _subscription.c.subscriber_id,
            null(),
            _subscriber.c.email,
            literal(Handover.SKIPPED, _table.c.handover.type),
            literal(Outcome.UNKNOWN, _table.c.outcome.type),
            why,
            literal(now, _table.c.changed_at.type),
            literal(0),
        )
    )
    connection.execute(insert(_table).from_select(_COLUMNS, source))
    # Counted, since drivers do not agree on telling how many rows such a statement made.
    written = select(func.count()).where(
        _table.c.mailing_id == mailing_id, _table.c.handover == Handover.SKIPPED
    )
    return int(connection.execute(written).scalar_one())


def _words(column: ColumnElement[object]) -> ColumnElement[str]:
    return type_coerce(column, Text())


_COLUMNS = [
    "mailing_id",
    "subscriber_id",
    "batch_id",
    "address",
    "handover",
    "outcome",
    "reason",
    "changed_at",
    "tries",
]
