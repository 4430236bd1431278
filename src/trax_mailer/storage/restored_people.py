"""What two ledgers know of the same people: whom one erased or moved, what one was told not to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, tuple_, update

from trax_mailer.storage import schema
from trax_mailer.storage.blanking import ERASED

_subscriber, _consent, _list = schema.subscriber, schema.tracking_consent, schema.mailing_list
_CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """By what a reader is the same in a ledger and in its backup: the id, and when they were stored."""

    id: int
    created_at: dt.datetime
    address: str
    email: str

    def is_same(self, other: Identity) -> bool:
        """Whether both are one reader, whatever the address."""
        return (self.id, self.created_at) == (other.id, other.created_at)


def erased_readers(connection: Connection) -> Iterator[list[Identity]]:
    """Who was erased, some hundred at a time."""
    yield from _in_parts(connection, only_erased=True)


def every_reader(connection: Connection) -> Iterator[list[Identity]]:
    """Everybody, some hundred at a time."""
    yield from _in_parts(connection, only_erased=False)


def identities_among(connection: Connection, ids: Collection[int]) -> dict[int, Identity]:
    """The readers of these ids, by id. At most some thousand at once."""
    rows = connection.execute(select(_subscriber).where(_subscriber.c.id.in_(sorted(ids))))
    return {row.id: _identity(row) for row in rows}


def provider_entries(connection: Connection) -> Iterator[list[dict[str, Any]]]:
    """Every entry of providers' own lists, as its values, some hundred at a time."""
    table = schema.provider_suppression
    key = tuple_(table.c.provider, table.c.list, table.c.address)
    query = select(table).order_by(table.c.provider, table.c.list, table.c.address).limit(_CHUNK)
    after = ("", "", "")
    while rows := connection.execute(query.where(key > after)).all():
        after = tuple(rows[-1][:3])
        yield [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's own name for it


def add_provider_entry(connection: Connection, entry: dict[str, Any]) -> bool:
    """Store an entry of a provider's list. False where it is known, which stays as it was."""
    table = schema.provider_suppression
    here = (table.c.provider, table.c.list, table.c.address)
    query = select(table.c.address).where(*(column == entry[column.name] for column in here))
    if connection.scalar(query) is not None:
        return False
    connection.execute(insert(table).values(entry))
    return True


def standing_consents(connection: Connection, *, after: int) -> list[Row[Any]]:
    """The next consents to tracking with an id over `after` that stand: id, address, list's name."""
    query = (
        select(_consent.c.id, _subscriber.c.address, _list.c.name)
        .join(_subscriber, _subscriber.c.id == _consent.c.subscriber_id)
        .join(_list, _list.c.id == _consent.c.list_id)
        .where(_consent.c.withdrawn_at.is_(None), _consent.c.id > after)
        .order_by(_consent.c.id)
        .limit(_CHUNK)
    )
    return list(connection.execute(query))


def consents_among(connection: Connection, addresses: Sequence[str]) -> set[tuple[str, str]]:
    """For which lists the consents to tracking of these readers stand: address and list's name."""
    rows = connection.execute(
        select(_subscriber.c.address, _list.c.name)
        .join(_consent, _consent.c.subscriber_id == _subscriber.c.id)
        .join(_list, _list.c.id == _consent.c.list_id)
        .where(_consent.c.withdrawn_at.is_(None), _subscriber.c.address.in_(addresses))
    )
    return {(row.address, row.name) for row in rows}


def withdraw_consents(connection: Connection, ids: Sequence[int], *, act_id: int, now: dt.datetime) -> None:
    """Note of these consents that they do not stand any more."""
    connection.execute(
        update(_consent).where(_consent.c.id.in_(ids)).values(withdrawn_at=now, withdrawn_act_id=act_id)
    )


def untracked_readers(connection: Connection) -> Iterator[list[tuple[str, str]]]:
    """Who is not tracked on which list: address and list's name, some hundred at a time."""
    subscription = schema.subscription
    query = (
        select(_subscriber.c.address, _list.c.name)
        .join(subscription, subscription.c.subscriber_id == _subscriber.c.id)
        .join(_list, _list.c.id == subscription.c.list_id)
        .where(subscription.c.untracked)
        .order_by(_subscriber.c.id, _list.c.id)
    )
    for rows in connection.execute(query.execution_options(yield_per=_CHUNK)).partitions():
        yield [(row.address, row.name) for row in rows]


def keep_from_tracking(connection: Connection, *, address: str, list_name: str) -> bool:
    """Let that reader be untracked on that list. False where they are, or were never on it."""
    subscription = schema.subscription
    reader = select(_subscriber.c.id).where(_subscriber.c.address == address).scalar_subquery()
    of_list = select(_list.c.id).where(_list.c.name == list_name).scalar_subquery()
    theirs = (subscription.c.subscriber_id == reader) & (subscription.c.list_id == of_list)
    wanted = update(subscription).where(theirs, ~subscription.c.untracked).values(untracked=True)
    return bool(connection.execute(wanted).rowcount)


def _in_parts(connection: Connection, *, only_erased: bool) -> Iterator[list[Identity]]:
    query = select(_subscriber).order_by(_subscriber.c.id).limit(_CHUNK)
    if only_erased:
        query = query.where(_subscriber.c.address.startswith(ERASED))
    after = 0
    while rows := connection.execute(query.where(_subscriber.c.id > after)).all():
        after = rows[-1].id
        yield [_identity(row) for row in rows]


def _identity(row: Row[Any]) -> Identity:
    return Identity(id=row.id, created_at=row.created_at, address=row.address, email=row.email)
