"""Consent to individual tracking, as sending and the keeping of visits ask for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import Connection, Select, delete, exists, func, select, tuple_

from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema

_table = schema.tracking_consent
_subscription = schema.subscription
_visit = schema.visit
_standing = select(_table.c.subscriber_id).where(_table.c.withdrawn_at.is_(None))


def consenting_between(connection: Connection, list_id: int, *, first: int, last: int) -> frozenset[int]:
    """The subscribers of that range of ids whose consent stands for the list."""
    among = _standing.where(_table.c.list_id == list_id, _table.c.subscriber_id.between(first, last))
    return frozenset(connection.scalars(among))


def standing_among(connection: Connection, pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the pairs of subscriber and list for which consent stands, held so until the transaction ends.

    At most some thousand at once.
    """
    if not pairs:
        return set()
    key = (_table.c.subscriber_id, _table.c.list_id)
    query = select(*key).where(_table.c.withdrawn_at.is_(None), tuple_(*key).in_(sorted(pairs)))
    return {(row[0], row[1]) for row in connection.execute(query.with_for_update(read=True))}


def untracked_among(connection: Connection, list_id: int, subscribers: Collection[int]) -> set[int]:
    """Those of the subscribers who want no tracking in what that list sends. At most some thousand."""
    if not subscribers:
        return set()
    who = (_subscription.c.list_id == list_id, _subscription.c.subscriber_id.in_(sorted(subscribers)))
    return set(
        connection.scalars(select(_subscription.c.subscriber_id).where(*who, _subscription.c.untracked))
    )


def withdrawn_at(connection: Connection) -> dt.datetime | None:
    """When consent was last withdrawn by anybody; None where it never was."""
    latest: dt.datetime | None = connection.scalar(select(func.max(_table.c.withdrawn_at)))
    return latest


def forget_without_consent(connection: Connection) -> int:
    """Delete every visit that is tied to a reader whose consent does not stand. Returns how many."""
    stands = exists(_standing_for_visit())
    return connection.execute(delete(_visit).where(_visit.c.subscriber_id.is_not(None), ~stands)).rowcount


def forget_visits_of(connection: Connection, *, subscriber_id: int, list_id: int | None = None) -> int:
    """Delete every visit tied to that reader, in mailings to that list or to any. Returns how many."""
    gone = delete(_visit).where(_visit.c.subscriber_id == subscriber_id)
    if list_id is not None:
        to_list = select(schema.mailing.c.id).where(schema.mailing.c.list_id == list_id)
        gone = gone.where(_visit.c.mailing_id.in_(to_list))
    return connection.execute(gone).rowcount


def _standing_for_visit() -> Select[tuple[int]]:
    return (
        _standing.join(schema.mailing, schema.mailing.c.list_id == _table.c.list_id)
        .where(schema.mailing.c.id == _visit.c.mailing_id)
        .where(_table.c.subscriber_id == _visit.c.subscriber_id)
        .correlate(_visit)
    )


def count_choices(connection: Connection, list_id: int) -> tuple[int, int]:
    """How many subscribed readers of the list consented to individual tracking, and how many want none."""
    on_list = (
        select(func.count())
        .select_from(_subscription)
        .where(_subscription.c.list_id == list_id, _subscription.c.state == SubscriptionState.SUBSCRIBED)
    )
    consents = _standing.where(_table.c.list_id == list_id)
    consenting = on_list.where(_subscription.c.subscriber_id.in_(consents))
    untracked = on_list.where(_subscription.c.untracked)
    return (
        int(connection.execute(consenting).scalar_one()),
        int(connection.execute(untracked).scalar_one()),
    )
