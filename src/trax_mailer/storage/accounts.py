"""Deliveries, read for the account of a mailing: how fast they go, who is in doubt, who was not reached."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, Row, func, select

from trax_mailer.model.mailing import Handover, Unreached
from trax_mailer.storage import schema
from trax_mailer.storage.deliveries import stands_at

_table = schema.delivery


def settled_since(connection: Connection, mailing_id: int, moment: dt.datetime) -> int:
    """How many deliveries have come out of a call since that moment."""
    out = [Handover.ACCEPTED, Handover.FAILED, Handover.UNCERTAIN]
    query = (
        select(func.count())
        .select_from(_table.join(schema.batch, schema.batch.c.id == _table.c.batch_id))
        .where(schema.batch.c.mailing_id == mailing_id, schema.batch.c.changed_at >= moment)
        .where(_table.c.changed_at >= moment, _table.c.handover.in_(out))
    )
    return int(connection.execute(query).scalar_one())


def uncertain(connection: Connection, mailing_id: int) -> list[Row[Any]]:
    """Whoever is in doubt: subscriber_id, address, reason, changed_at, and the transport of the call."""
    query = (
        select(
            _table.c.subscriber_id,
            _table.c.address,
            _table.c.reason,
            _table.c.changed_at,
            schema.batch.c.transport,
        )
        .outerjoin(schema.batch, schema.batch.c.id == _table.c.batch_id)
        .where(_table.c.mailing_id == mailing_id, _table.c.handover == Handover.UNCERTAIN)
        .order_by(_table.c.subscriber_id)
    )
    return list(connection.execute(query))


def not_reached(connection: Connection, mailing_id: int) -> list[Unreached]:
    """Who was skipped, refused, or not surely reached, and why."""
    missed = [Handover.FAILED, Handover.SKIPPED, Handover.UNCERTAIN]
    rows = connection.execute(
        select(_table)
        .where(_table.c.mailing_id == mailing_id, stands_at(missed))
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


def next_at(
    connection: Connection, mailing_id: int, handover: Handover, *, after: int, limit: int
) -> list[int]:
    """The next subscribers, with an id over `after`, whose delivery stands there."""
    return list(
        connection.scalars(
            select(_table.c.subscriber_id)
            .where(_table.c.mailing_id == mailing_id, _table.c.handover == handover)
            .where(_table.c.subscriber_id > after)
            .order_by(_table.c.subscriber_id)
            .limit(limit)
        )
    )
