"""What a restored ledger needs: putting deliveries in doubt, and comparing with the ledger it replaces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from trax_mailer.model.event import DeliveryEvent
from trax_mailer.model.mailing import BatchState, Handover, MailingState
from trax_mailer.model.subscriber import SubscriptionState, Suppression
from trax_mailer.storage import schema
from trax_mailer.storage.blanking import ERASED
from trax_mailer.storage.events import event_of
from trax_mailer.storage.subscribers import SubscriberRow

_CHUNK = 500
_delivery, _batch, _mailing, _event = schema.delivery, schema.batch, schema.mailing, schema.event

_GONE = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED)
_OPEN = (Handover.QUEUED, Handover.CALLING)
_NOT_SURELY_SENT = (Handover.UNCERTAIN, Handover.FAILED, Handover.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Somebody who is not subscribed to a list any more, and all that is known of them."""

    subscriber_id: int
    row: SubscriberRow
    created_at: dt.datetime
    list_id: int
    list_name: str


def pause_as_restored(connection: Connection, mailing_id: int, *, reason: str) -> None:
    """Pause the mailing, wherever it stands, with that reason."""
    change = update(_mailing).where(_mailing.c.id == mailing_id)
    connection.execute(change.values(state=MailingState.PAUSED, reason=reason))


def put_in_doubt(connection: Connection, *, unfinished: Sequence[int], reason: str, now: dt.datetime) -> int:
    """Whoever waits in those mailings, or is in a call in any, is uncertain. Returns how many."""
    doubtful = _delivery.c.mailing_id.in_(unfinished) & _delivery.c.handover.in_(_OPEN)
    doubtful |= _delivery.c.handover == Handover.CALLING
    changed = connection.execute(
        update(_delivery).where(doubtful).values(handover=Handover.UNCERTAIN, reason=reason, changed_at=now)
    )
    through = select(_mailing.c.transport).where(_mailing.c.id == _batch.c.mailing_id).scalar_subquery()
    waiting = _batch.c.mailing_id.in_(unfinished) & (_batch.c.state == BatchState.READY)
    connection.execute(
        update(_batch)
        .where(waiting | (_batch.c.state == BatchState.CALLING))
        .values(state=BatchState.UNCERTAIN, reason=reason, not_before=None, changed_at=now, transport=through)
    )
    return int(changed.rowcount)


def same_mailings(one: Connection, other: Connection) -> list[int]:
    """The mailings that both ledgers know as the same one."""
    query = select(_mailing.c.id, _mailing.c.created_at, _mailing.c.edition_hash).order_by(_mailing.c.id)
    known = {tuple(row) for row in other.execute(query)}
    return [row.id for row in one.execute(query) if tuple(row) in known]


def not_surely_sent(connection: Connection, mailing_id: int) -> Iterator[dict[int, Handover]]:
    """Where those deliveries stand that are at their end and not accepted, some hundred at a time."""
    after = 0
    query = (
        select(_delivery.c.subscriber_id, _delivery.c.handover)
        .where(_delivery.c.mailing_id == mailing_id, _delivery.c.handover != Handover.ACCEPTED)
        .where(_delivery.c.handover.in_(_NOT_SURELY_SENT))
        .order_by(_delivery.c.subscriber_id)
        .limit(_CHUNK)
    )
    while found := connection.execute(query.where(_delivery.c.subscriber_id > after)).all():
        after = found[-1].subscriber_id
        yield {row.subscriber_id: row.handover for row in found}


def stand_in(
    connection: Connection, mailing_id: int, subscribers: Sequence[int]
) -> dict[int, tuple[Handover, str]]:
    """Where these deliveries stand, and the reason."""
    rows = connection.execute(
        select(_delivery.c.subscriber_id, _delivery.c.handover, _delivery.c.reason).where(
            _delivery.c.mailing_id == mailing_id, _delivery.c.subscriber_id.in_(subscribers)
        )
    )
    return {row.subscriber_id: (row.handover, row.reason) for row in rows}


def events_since(connection: Connection, event_id: int) -> Iterator[list[DeliveryEvent]]:
    """The events with a higher id, some hundred at a time."""
    query = select(_event).order_by(_event.c.id).limit(_CHUNK)
    while rows := connection.execute(query.where(_event.c.id > event_id)).all():
        event_id = rows[-1].id
        yield [event_of(row) for row in rows]


def event_key(connection: Connection, event_id: int) -> str | None:
    """The key of the event of that id, or None."""
    return connection.scalar(select(_event.c.key).where(_event.c.id == event_id))


def departures(connection: Connection) -> Iterator[list[Departure]]:
    """Everybody who left, bounced or complained, list by list, some hundred of one list at a time."""
    lists = connection.execute(select(schema.mailing_list).order_by(schema.mailing_list.c.id)).all()
    for one in lists:
        query = (
            select(schema.subscriber)
            .join(schema.subscription, schema.subscription.c.subscriber_id == schema.subscriber.c.id)
            .where(schema.subscription.c.list_id == one.id, schema.subscription.c.state.in_(_GONE))
            .order_by(schema.subscriber.c.id)
            .limit(_CHUNK)
        )
        after = 0
        while rows := connection.execute(query.where(schema.subscriber.c.id > after)).all():
            after = rows[-1].id
            yield [
                Departure(
                    subscriber_id=row.id,
                    row=SubscriberRow(
                        address=row.address,
                        email=row.email,
                        name=row.name,
                        language=row.language,
                        fields=row.fields,
                    ),
                    created_at=row.created_at,
                    list_id=one.id,
                    list_name=one.name,
                )
                for row in rows
            ]


def suppressions(connection: Connection) -> Iterator[list[Suppression]]:
    """Every suppression, some hundred at a time; `email` is the key of the address."""
    query = select(schema.suppression).order_by(schema.suppression.c.address).limit(_CHUNK)
    after = ""
    while rows := connection.execute(query.where(schema.suppression.c.address > after)).all():
        after = rows[-1].address
        yield [
            Suppression(email=row.address, reason=row.reason, since=row.since, source=row.source)
            for row in rows
        ]


def count_readers_over(connection: Connection, subscriber_id: int) -> int:
    """How many readers who were not erased have a higher id."""
    query = select(func.count()).where(~schema.subscriber.c.address.startswith(ERASED))
    return int(connection.execute(query.where(schema.subscriber.c.id > subscriber_id)).scalar_one())


def add_list_as(connection: Connection, list_id: int, name: str, *, now: dt.datetime) -> None:
    """Make a list with an id that is free."""
    connection.execute(insert(schema.mailing_list).values(id=list_id, name=name, created_at=now))


def add_subscriber_as(
    connection: Connection, subscriber_id: int, row: SubscriberRow, *, created_at: dt.datetime
) -> None:
    """Store a reader with an id that is free."""
    connection.execute(
        insert(schema.subscriber).values(
            id=subscriber_id,
            address=row.address,
            email=row.email,
            name=row.name,
            language=row.language,
            fields=dict(row.fields),
            created_at=created_at,
        )
    )
