"""Lists: their names, and how many readers stand where."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, func, insert, select, update

from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import schema


def list_ids(connection: Connection) -> dict[str, int]:
    """Every list's id, by name, sorted."""
    rows = connection.execute(
        select(schema.mailing_list.c.name, schema.mailing_list.c.id).order_by(schema.mailing_list.c.name)
    )
    return {row.name: row.id for row in rows}


def find_list_id(connection: Connection, name: str) -> int | None:
    """The id of the list of exactly that name, or None."""
    return connection.scalar(select(schema.mailing_list.c.id).where(schema.mailing_list.c.name == name))


def tracking_of(connection: Connection, list_id: int) -> TrackingMode:
    """How much mailings to the list keep of what readers do."""
    wanted = select(schema.mailing_list.c.tracking).where(schema.mailing_list.c.id == list_id)
    mode: TrackingMode = connection.execute(wanted).scalar_one()
    return mode


def set_tracking(connection: Connection, list_id: int, mode: TrackingMode) -> None:
    """From now on, mailings made to the list keep so much."""
    connection.execute(
        update(schema.mailing_list).where(schema.mailing_list.c.id == list_id).values(tracking=mode)
    )


def make_list(connection: Connection, name: str, *, now: dt.datetime) -> int:
    """Make a list; returns its id. The name must be free."""
    made = connection.execute(
        insert(schema.mailing_list).values(name=name, created_at=now).returning(schema.mailing_list.c.id)
    )
    list_id: int = made.scalar_one()
    return list_id


def count_by_state(connection: Connection) -> dict[str, dict[SubscriptionState, int]]:
    """How many readers of each list stand where: name -> state -> count. Empty lists are there, too."""
    subscription = schema.subscription
    rows = connection.execute(
        select(schema.mailing_list.c.name, subscription.c.state, func.count(subscription.c.state))
        .outerjoin(subscription, subscription.c.list_id == schema.mailing_list.c.id)
        .group_by(schema.mailing_list.c.name, subscription.c.state)
        .order_by(schema.mailing_list.c.name)
    )
    counts: dict[str, dict[SubscriptionState, int]] = {}
    for name, state, count in rows:
        of_list = counts.setdefault(name, {})
        if state is not None:
            of_list[state] = count
    return counts
