"""Subscriptions: where each reader stands with each list, what brought them there, and where they stood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, literal, select, union_all, update

from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema

_table = schema.subscription
_past = schema.past_subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a reader stands with a list, and the act that brought them there.

    `line` is where they stand in the file of an import, 0 elsewhere. `topics` are those they chose, all
    where it is empty. `untracked` readers get mails without any tracking.
    """

    subscriber_id: int
    state: SubscriptionState
    act_id: int
    line: int = 0
    topics: tuple[str, ...] = ()
    untracked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A state that a reader was brought to, on a list, at a time, by an act."""

    list_id: int
    state: SubscriptionState
    at: dt.datetime
    act_id: int
    line: int
    topics: tuple[str, ...] = ()


def standings_among(
    connection: Connection, list_id: int, subscriber_ids: Sequence[int]
) -> dict[int, Standing]:
    """Where these readers stand with the list, by id; a missing id was never on it."""
    rows = connection.execute(
        select(_table).where(_table.c.list_id == list_id, _table.c.subscriber_id.in_(subscriber_ids))
    )
    return {row.subscriber_id: _standing(row) for row in rows}


def states_among(
    connection: Connection, list_id: int, subscriber_ids: Sequence[int]
) -> dict[int, SubscriptionState]:
    """Like `standings_among`, the states alone."""
    rows = connection.execute(
        select(_table.c.subscriber_id, _table.c.state).where(
            _table.c.list_id == list_id, _table.c.subscriber_id.in_(subscriber_ids)
        )
    )
    return {row.subscriber_id: row.state for row in rows}


def steps_of(connection: Connection, subscriber_id: int) -> list[Step]:
    """Every state that the reader was ever brought to, on every list, oldest first."""
    past = select(
        _past.c.list_id, _past.c.state, _past.c.changed_at, _past.c.act_id, _past.c.line, literal("")
    ).where(_past.c.subscriber_id == subscriber_id)
    present = select(
        _table.c.list_id,
        _table.c.state,
        _table.c.changed_at,
        _table.c.act_id,
        _table.c.line,
        _table.c.topics,
    ).where(_table.c.subscriber_id == subscriber_id)
    rows = connection.execute(union_all(past, present).order_by("changed_at", "act_id"))
    return [
        Step(list_id=row[0], state=row[1], at=row[2], act_id=row[3], line=row[4], topics=split_topics(row[5]))
        for row in rows
    ]


def unreachable_among(connection: Connection, subscriber_ids: Sequence[int]) -> set[int]:
    """Which of these readers bounced or complained, on whichever list."""
    return set(
        connection.scalars(
            select(_table.c.subscriber_id).where(
                _table.c.subscriber_id.in_(subscriber_ids),
                _table.c.state.in_([SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED]),
            )
        )
    )


def lists_of(connection: Connection, subscriber_id: int) -> dict[int, Standing]:
    """Where the reader stands, by the id of the list."""
    rows = connection.execute(
        select(_table).where(_table.c.subscriber_id == subscriber_id).order_by(_table.c.list_id)
    )
    return {row.list_id: _standing(row) for row in rows}


def standings_anywhere(connection: Connection, subscriber_ids: Sequence[int]) -> dict[int, list[Standing]]:
    """Where these readers stand, by the id of the list. At most some thousand at once."""
    found: dict[int, list[Standing]] = {}
    rows = connection.execute(select(_table).where(_table.c.subscriber_id.in_(subscriber_ids)))
    for row in rows:
        found.setdefault(row.list_id, []).append(_standing(row))
    return found


def add_standings(
    connection: Connection, list_id: int, standings: Sequence[Standing], *, now: dt.datetime
) -> None:
    """Store where readers stand who were not on the list before.

    Who is untracked on another list is so on this one, too.
    """
    if not standings:
        return
    untracked = untracked_among(connection, [one.subscriber_id for one in standings])
    connection.execute(
        insert(_table),
        [
            _values(standing, now)
            | {
                "list_id": list_id,
                "subscriber_id": standing.subscriber_id,
                "topics": join_topics(standing.topics),
                "untracked": standing.untracked or standing.subscriber_id in untracked,
            }
            for standing in standings
        ],
    )


def change_standings(
    connection: Connection, list_id: int, standings: Sequence[Standing], *, now: dt.datetime
) -> None:
    """Replace where readers stand who are on the list; where they stood is kept beside it.

    What they chose stays as it is: topics, and whether they are tracked.
    """
    if not standings:
        return
    keys = [{"of_list": list_id, "of_id": one.subscriber_id} for one in standings]
    of_reader = (_table.c.list_id == bindparam("of_list")) & (_table.c.subscriber_id == bindparam("of_id"))
    kept = [
        _table.c.subscriber_id,
        _table.c.list_id,
        _table.c.state,
        _table.c.changed_at,
        _table.c.act_id,
        _table.c.line,
    ]
    keep = insert(_past).from_select([column.name for column in kept], select(*kept).where(of_reader))
    connection.execute(keep, keys)
    connection.execute(
        update(_table).where(of_reader),
        [_values(standing, now) | key for standing, key in zip(standings, keys, strict=True)],
    )


def choose_topics(connection: Connection, list_id: int, subscriber_id: int, *, topics: Sequence[str]) -> None:
    """Note which topics the reader wants from the list; all of them where none is named."""
    connection.execute(
        update(_table)
        .where(_table.c.list_id == list_id, _table.c.subscriber_id == subscriber_id)
        .values(topics=join_topics(topics))
    )


def set_untracked(connection: Connection, list_id: int, subscriber_id: int, *, untracked: bool) -> None:
    """Note whether the reader gets mails of the list without any tracking."""
    connection.execute(
        update(_table)
        .where(_table.c.list_id == list_id, _table.c.subscriber_id == subscriber_id)
        .values(untracked=untracked)
    )


def untracked_among(connection: Connection, subscriber_ids: Sequence[int]) -> set[int]:
    """Which of these readers are untracked on any list."""
    wanted = (_table.c.subscriber_id.in_(subscriber_ids), _table.c.untracked)
    return set(connection.scalars(select(_table.c.subscriber_id).where(*wanted)))


def forget_standings(connection: Connection, subscriber_id: int, *, list_id: int | None = None) -> None:
    """Delete where the reader stands and stood: on that list, or on all."""
    for table in (_table, _past):
        wanted = delete(table).where(table.c.subscriber_id == subscriber_id)
        connection.execute(wanted if list_id is None else wanted.where(table.c.list_id == list_id))


def count_to_mail(connection: Connection, list_id: int) -> tuple[int, int]:
    """How many subscribed readers of the list may be mailed, and how many are suppressed."""
    rows = connection.execute(
        select(func.count(), func.count(schema.suppression.c.address))
        .select_from(_table)
        .join(schema.subscriber, schema.subscriber.c.id == _table.c.subscriber_id)
        .outerjoin(schema.suppression, schema.suppression.c.address == schema.subscriber.c.address)
        .where(_table.c.list_id == list_id, _table.c.state == SubscriptionState.SUBSCRIBED)
    ).one()
    return rows[0] - rows[1], rows[1]


def join_topics(topics: Sequence[str]) -> str:
    """The names as one word to store and to compare."""
    return ",".join(sorted(set(topics)))


def split_topics(stored: str) -> tuple[str, ...]:
    """The names of `join_topics`."""
    return tuple(stored.split(",")) if stored else ()


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        subscriber_id=row.subscriber_id,
        state=row.state,
        act_id=row.act_id,
        line=row.line,
        topics=split_topics(row.topics),
        untracked=row.untracked,
    )


def _values(standing: Standing, now: dt.datetime) -> dict[str, object]:
    return {
        "state": standing.state,
        "act_id": standing.act_id,
        "line": standing.line,
        "changed_at": now,
    }
