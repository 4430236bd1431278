"""Subscriptions: where each reader stands with each list, and the evidence for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, insert, select, update

from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema

Evidence = tuple[Mapping[str, object], ...]
"""What happened, oldest first: each entry says the state, how, by whom and when (plain JSON)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a reader stands with a list, and how that came."""

    subscriber_id: int
    state: SubscriptionState
    cause: str
    evidence: Evidence


def standings_among(
    connection: Connection, list_id: int, subscriber_ids: Sequence[int]
) -> dict[int, Standing]:
    """Where these readers stand with the list, by id; a missing id was never on it."""
    rows = connection.execute(
        select(schema.subscription).where(
            schema.subscription.c.list_id == list_id, schema.subscription.c.subscriber_id.in_(subscriber_ids)
        )
    )
    return {
        row.subscriber_id: Standing(
            subscriber_id=row.subscriber_id, state=row.state, cause=row.cause, evidence=tuple(row.evidence)
        )
        for row in rows
    }


def states_among(
    connection: Connection, list_id: int, subscriber_ids: Sequence[int]
) -> dict[int, SubscriptionState]:
    """Like `standings_among`, the states alone: far faster where the evidence is not needed."""
    rows = connection.execute(
        select(schema.subscription.c.subscriber_id, schema.subscription.c.state).where(
            schema.subscription.c.list_id == list_id, schema.subscription.c.subscriber_id.in_(subscriber_ids)
        )
    )
    return {row.subscriber_id: row.state for row in rows}


def unreachable_among(connection: Connection, subscriber_ids: Sequence[int]) -> set[int]:
    """Which of these readers bounced or complained, on whichever list."""
    return set(
        connection.scalars(
            select(schema.subscription.c.subscriber_id).where(
                schema.subscription.c.subscriber_id.in_(subscriber_ids),
                schema.subscription.c.state.in_([SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED]),
            )
        )
    )


def add_standings(
    connection: Connection, list_id: int, standings: Sequence[Standing], *, now: dt.datetime
) -> None:
    """Store where readers stand who were not on the list before."""
    if standings:
        connection.execute(
            insert(schema.subscription),
            [_values(standing, now) | _keys(standing, list_id) for standing in standings],
        )


def change_standings(
    connection: Connection, list_id: int, standings: Sequence[Standing], *, now: dt.datetime
) -> None:
    """Replace where readers stand who are on the list."""
    if standings:
        connection.execute(
            update(schema.subscription).where(
                schema.subscription.c.list_id == list_id,
                schema.subscription.c.subscriber_id == bindparam("of_id"),
            ),
            [_values(standing, now) | {"of_id": standing.subscriber_id} for standing in standings],
        )


def count_to_mail(connection: Connection, list_id: int) -> tuple[int, int]:
    """How many subscribed readers of the list may be mailed, and how many are suppressed."""
    rows = connection.execute(
        select(func.count(), func.count(schema.suppression.c.address))
        .select_from(schema.subscription)
        .join(schema.subscriber, schema.subscriber.c.id == schema.subscription.c.subscriber_id)
        .outerjoin(schema.suppression, schema.suppression.c.address == schema.subscriber.c.address)
        .where(
            schema.subscription.c.list_id == list_id,
            schema.subscription.c.state == SubscriptionState.SUBSCRIBED,
        )
    ).one()
    return rows[0] - rows[1], rows[1]


def _values(standing: Standing, now: dt.datetime) -> dict[str, object]:
    return {
        "state": standing.state,
        "cause": standing.cause,
        "evidence": [dict(entry) for entry in standing.evidence],
        "changed_at": now,
    }


def _keys(standing: Standing, list_id: int) -> dict[str, object]:
    return {"list_id": list_id, "subscriber_id": standing.subscriber_id}
