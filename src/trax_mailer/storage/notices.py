"""Notices: mails to one person, asked for on a page, each handed over at most once and soon forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Integer,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from trax_mailer.storage import schema
from trax_mailer.storage.schema import UtcTime

_table = schema.notice
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


class NoticeKind(StrEnum):
    """What a notice is about."""

    SUBSCRIBE = "subscribe"
    """Somebody typed the address into the subscribe form."""
    OWN_DATA = "own-data"
    """Somebody asked for the link to what is held about the address."""
    NEW_ADDRESS = "new-address"
    """A reader wants their mail at this address, which is to be confirmed from there."""


class NoticeState(StrEnum):
    """Where a notice stands."""

    QUEUED = "queued"
    """Waits. Nothing was sent."""
    CALLING = "calling"
    """Claimed for a call whose answer is not known yet."""
    SENT = "sent"
    """The transport took it. Not: delivered."""
    UNCERTAIN = "uncertain"
    """The answer was not seen. It may have been sent; it is never sent again."""
    FAILED = "failed"
    """Refused for good, or not taken for too long. Nothing was sent."""
    DROPPED = "dropped"
    """There was nobody to mail, or they may not be mailed. Nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice. `address` is the key of an address; `data` is plain JSON, forgotten with the notice."""

    kind: NoticeKind
    address: str
    language: str
    subscriber_id: int | None = None
    list_id: int | None = None
    data: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    made_at: dt.datetime = _NEVER
    tries: int = 0
    id: int = 0
    """Given when it is stored."""


def queue_notice(
    connection: Connection, notice: Notice, *, most: int, since: dt.datetime, now: dt.datetime
) -> None:
    """Store a notice to be sent, unless `most` were asked for its address `since` then.

    One statement, and the same one for every address: nothing here tells who is known.
    """
    recent = select(func.count()).where(_table.c.address == notice.address, _table.c.made_at > since)
    values: dict[str, ColumnElement[Any]] = {
        "kind": literal(notice.kind.value),
        "state": literal(NoticeState.QUEUED.value),
        "address": literal(notice.address),
        "subscriber_id": _number(notice.subscriber_id),
        "list_id": _number(notice.list_id),
        "language": literal(notice.language),
        "data": literal(dict(notice.data), JSON),
        "made_at": literal(now, UtcTime),
        "not_before": literal(now, UtcTime),
    }
    row = select(*values.values()).where(recent.scalar_subquery() < most)
    connection.execute(insert(_table).from_select(list(values), row))


def next_notice(connection: Connection, *, now: dt.datetime) -> Notice | None:
    """The one that waits longest and whose time has come."""
    row = connection.execute(
        select(_table)
        .where(_table.c.state == NoticeState.QUEUED, _table.c.not_before <= now)
        .order_by(_table.c.not_before, _table.c.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return Notice(
        id=row.id,
        kind=NoticeKind(row.kind),
        address=row.address,
        language=row.language,
        subscriber_id=row.subscriber_id,
        list_id=row.list_id,
        data=MappingProxyType(row.data),
        made_at=row.made_at,
        tries=row.tries,
    )


def find_new_address(connection: Connection, notice_id: int) -> Notice | None:
    """The notice of that id where it is about a new address, whatever became of it."""
    row = connection.execute(
        select(_table).where(_table.c.id == notice_id, _table.c.kind == NoticeKind.NEW_ADDRESS)
    ).first()
    if row is None:
        return None
    return Notice(
        id=row.id,
        kind=NoticeKind.NEW_ADDRESS,
        address=row.address,
        language=row.language,
        subscriber_id=row.subscriber_id,
        data=MappingProxyType(row.data),
        made_at=row.made_at,
    )


def claim_notice(
    connection: Connection,
    notice_id: int,
    *,
    subscriber_id: int | None,
    data: Mapping[str, object],
) -> None:
    """Note that a call begins for it, and for whom it is."""
    connection.execute(
        update(_table)
        .where(_table.c.id == notice_id)
        .values(
            state=NoticeState.CALLING, tries=_table.c.tries + 1, subscriber_id=subscriber_id, data=dict(data)
        )
    )


def settle_notice(
    connection: Connection,
    notice_id: int,
    state: NoticeState,
    *,
    reason: str = "",
    not_before: dt.datetime | None = None,
) -> None:
    """Note what became of it; with `not_before`, when it may be tried again."""
    values: dict[str, object] = {"state": state, "reason": reason}
    if not_before is not None:
        values["not_before"] = not_before
    connection.execute(update(_table).where(_table.c.id == notice_id).values(values))


def orphans_to_uncertain(connection: Connection) -> int:
    """Calls that nobody makes any more may have been answered. Returns how many there were."""
    orphaned = update(_table).where(_table.c.state == NoticeState.CALLING)
    return connection.execute(orphaned.values(state=NoticeState.UNCERTAIN)).rowcount


def forget_notices(connection: Connection, *, before: dt.datetime) -> int:
    """Delete the notices asked for before that moment. Returns how many there were."""
    return connection.execute(delete(_table).where(_table.c.made_at < before)).rowcount


def forget_notices_about(connection: Connection, subscriber_id: int) -> None:
    """Delete the notices that are known to be that reader's."""
    connection.execute(delete(_table).where(_table.c.subscriber_id == subscriber_id))


def count_notices(connection: Connection) -> dict[NoticeState, int]:
    """How many stand where."""
    rows = connection.execute(select(_table.c.state, func.count()).group_by(_table.c.state))
    return {NoticeState(row[0]): row[1] for row in rows}


def _number(value: int | None) -> ColumnElement[Any]:
    return null() if value is None else literal(value, Integer)
