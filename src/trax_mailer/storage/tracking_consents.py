"""Consent to individual tracking, apart from the subscription: given, withdrawn, and by which acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import Connection, insert, select, update

from trax_mailer.storage import schema

_table = schema.tracking_consent


def tracked_lists(connection: Connection, subscriber_id: int) -> set[int]:
    """The ids of the lists for which the reader's consent stands."""
    return set(
        connection.scalars(
            select(_table.c.list_id).where(
                _table.c.subscriber_id == subscriber_id, _table.c.withdrawn_at.is_(None)
            )
        )
    )


def untrack_without_consent(connection: Connection, list_id: int, addresses: Collection[str]) -> None:
    """Let the readers with these keys of addresses be untracked on the list, where no consent stands for it.

    At most some thousand at once.
    """
    subscription, reader = schema.subscription, schema.subscriber
    theirs = select(reader.c.id).where(reader.c.address.in_(addresses))
    standing = select(_table.c.subscriber_id).where(
        _table.c.list_id == list_id, _table.c.withdrawn_at.is_(None)
    )
    connection.execute(
        update(subscription)
        .where(subscription.c.list_id == list_id, subscription.c.subscriber_id.in_(theirs))
        .where(subscription.c.subscriber_id.not_in(standing))
        .values(untracked=True)
    )


def add_consent(
    connection: Connection, *, subscriber_id: int, list_id: int, act_id: int, now: dt.datetime
) -> None:
    """Note that the reader gave it. The caller sees to it that none stands."""
    connection.execute(
        insert(_table).values(subscriber_id=subscriber_id, list_id=list_id, given_at=now, given_act_id=act_id)
    )


def end_consent(
    connection: Connection, *, subscriber_id: int, list_id: int, act_id: int, now: dt.datetime
) -> None:
    """Note that the reader withdrew it; when and how it was given stays."""
    connection.execute(
        update(_table)
        .where(
            _table.c.subscriber_id == subscriber_id,
            _table.c.list_id == list_id,
            _table.c.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, withdrawn_act_id=act_id)
    )
