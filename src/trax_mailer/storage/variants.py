"""Variants: the readers of a list by what they chose, told apart by the database.

A variant is stored as the topics that they chose of the edition's, behind a mark where they must not be
tracked. The empty one is everything, tracked as the mailing is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    case,
    false,
    func,
    literal,
    select,
)

from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import batches, schema

NOTHING_CHOSEN = "nothing in this issue is among the topics they chose"
"""The reason why a reader is skipped for whom an issue is empty."""

UNTRACKED = "!"
"""Stands before the topics of a variant without any tracking. No topic's name holds it."""

_subscription = schema.subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """Expressions over the subscription of a reader.

    `chosen` is their variant, as it is stored. `empty` says that they chose topics, and none of these.
    """

    chosen: ColumnElement[str]
    empty: ColumnElement[bool]


def split_variant(stored: str) -> tuple[str, bool]:
    """The topics of a variant, as they are stored, and whether its readers must not be tracked."""
    return stored.removeprefix(UNTRACKED), stored.startswith(UNTRACKED)


def variants_for(
    connection: Connection, list_id: int, topics: Sequence[str], *, tracked: bool = False
) -> Variants | None:
    """How the readers of the list differ in an edition of those topics, which are sorted.

    In a mailing that is `tracked`, those who must not be are told apart as well. None where all get the same:
    nobody on the list chose anything that matters.
    """
    chose = _subscription.c.topics != ""
    if not topics or not _anybody(connection, list_id, chose):
        topics, chose = (), false()
    apart = _subscription.c.untracked if tracked else false()
    if not topics and not (tracked and _anybody(connection, list_id, apart)):
        return None
    # Each database knows one of them alone; LIKE takes longer in both.
    position = func.strpos if connection.dialect.name == "postgresql" else func.instr
    nothing = literal("", Text())
    stored = "," + _subscription.c.topics + ","
    found: ColumnElement[str] = nothing
    for topic in topics:
        found += case((position(stored, f",{topic},") > 0, literal(f",{topic}", Text())), else_=nothing)
    everything = "".join(f",{topic}" for topic in topics)
    chosen = case((~chose, nothing), (found == everything, nothing), else_=func.ltrim(found, ","))
    mark = case((apart, literal(UNTRACKED, Text())), else_=nothing)
    return Variants(chosen=mark + chosen, empty=chose & (found == ""))


def _anybody(connection: Connection, list_id: int, who: ColumnElement[bool]) -> bool:
    some = select(_subscription.c.subscriber_id).where(
        _subscription.c.list_id == list_id, _subscription.c.state == SubscriptionState.SUBSCRIBED, who
    )
    return connection.execute(some.limit(1)).first() is not None


def count_variants(connection: Connection, going: Select[Any], variants: Variants) -> dict[str, int]:
    """How many of those readers get which variant."""
    told = going.with_only_columns(variants.chosen.label("chosen")).subquery()
    query = select(told.c.chosen, func.count()).group_by(told.c.chosen).order_by(told.c.chosen)
    return {row[0]: row[1] for row in connection.execute(query)}


def add_variant_batches(
    connection: Connection,
    mailing_id: int,
    counts: dict[str, int],
    *,
    batch_size: int,
    lanes: int,
    now: dt.datetime,
) -> None:
    """Batches for so many readers of each variant, one variant after another."""
    first = 0
    for chosen, count in counts.items():
        size = -(-count // batch_size)
        batches.add_batches(
            connection, mailing_id, count=size, lanes=lanes, now=now, first=first, topics=chosen
        )
        first += size


def place_variants(
    going: Select[Any], variants: Variants, *, batch_size: int
) -> tuple[FromClause, ColumnElement[int]]:
    """Those readers, and the number of the batch of their variant that each belongs into."""
    order = _subscription.c.subscriber_id
    place = func.row_number().over(partition_by=variants.chosen, order_by=order) - 1
    told = going.add_columns(variants.chosen.label("chosen"), place.label("place")).subquery()
    # A batch begins wherever a place is a multiple of its size, so counting these numbers them.
    begins = case((told.c.place % batch_size == 0, 1), else_=0)
    number = func.sum(begins).over(order_by=[told.c.chosen, told.c.subscriber_id], rows=(None, 0)) - 1
    placed = select(told.c.subscriber_id, told.c.email, number.label("number")).subquery()
    return placed, placed.c.number
