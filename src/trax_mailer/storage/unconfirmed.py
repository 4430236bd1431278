"""Readers who were asked for in the subscribe form and never confirmed: finding them, and forgetting them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, delete, exists, literal, or_, select, update

from trax_mailer.model.act import ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema

_subscription, _act, _subscriber = schema.subscription, schema.act, schema.subscriber


def unconfirmed(connection: Connection, *, before: dt.datetime, limit: int) -> list[tuple[int, int]]:
    """Subscribers and lists that wait for a confirmation and were last asked for before that moment."""
    asked_since = exists().where(
        _act.c.subscriber_id == _subscription.c.subscriber_id,
        _act.c.list_id == _subscription.c.list_id,
        _act.c.kind == ActKind.FORM,
        _act.c.at >= before,
    )
    brought_by = select(_act.c.kind).where(_act.c.id == _subscription.c.act_id).scalar_subquery()
    rows = connection.execute(
        select(_subscription.c.subscriber_id, _subscription.c.list_id)
        .where(_subscription.c.state == SubscriptionState.PENDING, brought_by == ActKind.FORM)
        .where(_subscription.c.changed_at < before, ~asked_since)
        .order_by(_subscription.c.subscriber_id, _subscription.c.list_id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def forget_stranger(connection: Connection, subscriber_id: int) -> bool:
    """Delete the reader where nothing is known of them but that the form was filled in with their address.

    What was done stays, about nobody. False, and nothing changes, where more is known.
    """
    mailing = schema.mailing
    delivered = exists().where(
        schema.delivery.c.mailing_id.in_(select(mailing.c.id)),
        schema.delivery.c.subscriber_id == subscriber_id,
    )
    known = [
        exists().where(table.c.subscriber_id == subscriber_id)
        for table in (_subscription, schema.past_subscription, schema.tag, schema.tracking_consent)
    ]
    by_others = exists().where(_act.c.subscriber_id == subscriber_id, _act.c.kind != ActKind.FORM)
    more = select(literal(1)).where(or_(delivered, by_others, *known))
    row = connection.execute(select(_subscriber).where(_subscriber.c.id == subscriber_id)).first()
    if row is None or row.name or row.fields or connection.execute(more).first() is not None:
        return False
    mine = _act.c.subscriber_id == subscriber_id
    connection.execute(update(_act).where(mine).values(subscriber_id=None, words="", details={}))
    connection.execute(delete(schema.notice).where(schema.notice.c.subscriber_id == subscriber_id))
    connection.execute(delete(_subscriber).where(_subscriber.c.id == subscriber_id))
    return True
