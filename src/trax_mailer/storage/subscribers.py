"""Subscribers: who they are. Where they stand with a list is in `storage.subscriptions`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from trax_mailer.model.subscriber import Subscriber, SubscriptionState
from trax_mailer.storage import schema


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """What is stored of a reader; `address` is the key of `email`."""

    address: str
    email: str
    name: str
    language: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReader:
    """A reader, the key of their address, and when they were first stored."""

    reader: Subscriber
    address: str
    created_at: dt.datetime


def add_subscribers(
    connection: Connection, rows: Iterable[SubscriberRow], *, now: dt.datetime
) -> dict[str, int]:
    """Store new readers; returns their ids by key."""
    values = [_values(row) | {"created_at": now} for row in rows]
    if not values:
        return {}
    made = connection.execute(
        insert(schema.subscriber).returning(schema.subscriber.c.address, schema.subscriber.c.id), values
    )
    return {address: subscriber_id for address, subscriber_id in made}  # noqa: C416 - rows are no pairs


def update_subscribers(connection: Connection, rows: Mapping[int, SubscriberRow]) -> None:
    """Replace what is stored of these readers, by id."""
    if rows:
        connection.execute(
            update(schema.subscriber).where(schema.subscriber.c.id == bindparam("of_id")),
            [_values(row) | {"of_id": subscriber_id} for subscriber_id, row in rows.items()],
        )


def subscribers_among(connection: Connection, addresses: Sequence[str]) -> dict[str, Subscriber]:
    """The readers with these keys, by key. At most some thousand at once."""
    rows = connection.execute(select(schema.subscriber).where(schema.subscriber.c.address.in_(addresses)))
    return {row.address: _subscriber(row) for row in rows}


def stored_reader(connection: Connection, subscriber_id: int) -> StoredReader | None:
    """The reader of that id with the key of their address and when they were first stored, or None."""
    row = connection.execute(select(schema.subscriber).where(schema.subscriber.c.id == subscriber_id)).first()
    if row is None:
        return None
    return StoredReader(reader=_subscriber(row), address=row.address, created_at=row.created_at)


def subscribed_readers(connection: Connection, list_id: int, *, limit: int) -> list[Subscriber]:
    """The first readers who are subscribed to the list, in the order they came."""
    rows = connection.execute(
        select(schema.subscriber)
        .join(schema.subscription, schema.subscription.c.subscriber_id == schema.subscriber.c.id)
        .where(
            schema.subscription.c.list_id == list_id,
            schema.subscription.c.state == SubscriptionState.SUBSCRIBED,
        )
        .order_by(schema.subscriber.c.id)
        .limit(limit)
    )
    return [_subscriber(row) for row in rows]


def leavers_after(connection: Connection, list_id: int, address: str, *, limit: int) -> list[str]:
    """The next keys of readers who left the list or complained, in order."""
    subscriber, subscription = schema.subscriber, schema.subscription
    return list(
        connection.scalars(
            select(subscriber.c.address)
            .join(subscription, subscription.c.subscriber_id == subscriber.c.id)
            .where(
                subscription.c.list_id == list_id,
                subscription.c.state.in_([SubscriptionState.UNSUBSCRIBED, SubscriptionState.COMPLAINED]),
                subscriber.c.address > address,
            )
            .order_by(subscriber.c.address)
            .limit(limit)
        )
    )


def _values(row: SubscriberRow) -> dict[str, object]:
    return {
        "address": row.address,
        "email": row.email,
        "name": row.name,
        "language": row.language,
        "fields": dict(row.fields),
    }


def _subscriber(row: Row[tuple[object, ...]]) -> Subscriber:
    return Subscriber(
        id=row.id,
        email=row.email,
        name=row.name,
        language=row.language,
        fields=MappingProxyType(row.fields),
    )
