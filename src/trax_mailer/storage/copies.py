"""The copies that readers were sent, once something is reported of them: to whom, when, how they fared."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from trax_mailer.model.act import OWN_ACTS
from trax_mailer.model.event import EventKind
from trax_mailer.model.mailing import Handover
from trax_mailer.model.refusal import refused_at_handover
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema
from trax_mailer.storage.many_rows import is_among

_mailing = schema.mailing
_delivery = schema.delivery
_batch = schema.batch
_event = schema.event
_subscriber = schema.subscriber
_SENT_AT = func.coalesce(_mailing.c.started_at, _mailing.c.created_at)
_LONGEST_MAILING = dt.timedelta(days=30)
_HANDED_OVER = (Handover.ACCEPTED, Handover.UNCERTAIN, Handover.CALLING)
_BY_SMTP = "smtp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One reader's copy: the address it went to, and the key of the address that the reader has now."""

    mailing_id: int
    subscriber_id: int
    list_id: int
    sent_to: str
    address: str
    sent_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a reader stands with a list; `own_act_at` is when their own act brought them there, if it did."""

    list_id: int
    state: SubscriptionState
    own_act_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """How one copy fared: the failures that were reported about it, as kind and words."""

    sent_at: dt.datetime
    sent_to: str
    failures: tuple[tuple[EventKind, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A copy that a mail server refused at the handover: in which words, and what they report."""

    mailing_id: int
    subscriber_id: int
    kind: EventKind
    at: dt.datetime
    reason: str


def copies_among(
    connection: Connection, deliveries: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Copy]:
    """The copies of these mailings and subscribers; none of a mailing that was only simulated."""
    by_mailing: dict[int, set[int]] = defaultdict(set)
    for mailing_id, subscriber_id in deliveries:
        by_mailing[mailing_id].add(subscriber_id)
    found = {}
    for mailing_id, subscribers in by_mailing.items():
        among = is_among(connection, _delivery.c.subscriber_id, subscribers)
        for copy in _copies(connection, and_(_delivery.c.mailing_id == mailing_id, among)):
            found[copy.mailing_id, copy.subscriber_id] = copy
    return found


def latest_copy(
    connection: Connection, subscriber_id: int, *, since: dt.datetime, until: dt.datetime
) -> Copy | None:
    """The reader's copy that was accepted last within that time, or None."""
    about = and_(
        _in_mailings(connection, since=since - _LONGEST_MAILING, until=until),
        _delivery.c.subscriber_id == subscriber_id,
        _delivery.c.handover == Handover.ACCEPTED,
        _delivery.c.changed_at.between(since, until),
    )
    copies = sorted(_copies(connection, about), key=lambda one: (one.sent_at, one.mailing_id))
    return copies[-1] if copies else None


def copy_within(
    connection: Connection, subscriber_id: int, *, since: dt.datetime, until: dt.datetime
) -> Copy | None:
    """The reader's copy of the last mailing that began within that time and was handed over, or None.

    Whether the answer was seen plays no part in it: what is found does not change with that.
    """
    about = and_(
        _in_mailings(connection, since=since, until=until),
        _delivery.c.subscriber_id == subscriber_id,
        _delivery.c.handover.in_(_HANDED_OVER),
    )
    copies = sorted(_copies(connection, about), key=lambda one: (one.sent_at, one.mailing_id))
    return copies[-1] if copies else None


def places_of(connection: Connection, subscriber_id: int) -> list[Place]:
    """Where the reader stands, list by list."""
    return places_among(connection, [subscriber_id]).get(subscriber_id, [])


def places_among(connection: Connection, subscribers: Collection[int]) -> dict[int, list[Place]]:
    """Where these readers stand, list by list."""
    table = schema.subscription
    rows = connection.execute(
        select(table.c.subscriber_id, table.c.list_id, table.c.state, table.c.changed_at, schema.act.c.kind)
        .join(schema.act, schema.act.c.id == table.c.act_id)
        .where(is_among(connection, table.c.subscriber_id, subscribers))
        .order_by(table.c.list_id)
    )
    found: dict[int, list[Place]] = defaultdict(list)
    for row in rows:
        own = row[3] if row[4] in OWN_ACTS else None
        found[row[0]].append(Place(list_id=row[1], state=row[2], own_act_at=own))
    return dict(found)


def courses_among(
    connection: Connection, subscribers: Collection[int], *, since: dt.datetime, until: dt.datetime
) -> dict[int, list[Fared]]:
    """How the copies fared that these readers were sent within that time, the oldest first."""
    failed = and_(
        _event.c.mailing_id == _delivery.c.mailing_id,
        _event.c.subscriber_id == _delivery.c.subscriber_id,
        _event.c.kind.in_([EventKind.BOUNCED, EventKind.BLOCKED]),
    )
    rows = connection.execute(
        select(
            _delivery.c.subscriber_id.label("who"),
            _mailing.c.id,
            _SENT_AT.label("at"),
            _delivery.c.address,
            _event.c.kind,
            _event.c.reason,
            _delivery.c.handover,
            _delivery.c.reason.label("said"),
        )
        .select_from(_mailing)
        .join(_delivery, _delivery.c.mailing_id == _mailing.c.id)
        .outerjoin(_event, failed)
        .outerjoin(_batch, _batch.c.id == _delivery.c.batch_id)
        .where(_in_mailings(connection, since=since, until=until))
        .where(is_among(connection, _delivery.c.subscriber_id, subscribers))
        .where(or_(_delivery.c.handover.in_(_HANDED_OVER), _refused_by_smtp()))
        .order_by(_SENT_AT, _mailing.c.id)
    )
    copies: dict[tuple[int, int], tuple[dt.datetime, str]] = {}
    failures: dict[tuple[int, int], list[tuple[EventKind, str]]] = defaultdict(list)
    for row in rows:
        refused = refused_at_handover(row.said) if row.handover is Handover.FAILED else None
        if row.handover is Handover.FAILED and refused is None:
            continue  # nobody was asked to take it
        copies[row.who, row.id] = (row.at, row.address)
        if refused is not None:
            failures[row.who, row.id].append((refused, row.said))
        if row.kind is not None:
            failures[row.who, row.id].append((row.kind, row.reason))
    found: dict[int, list[Fared]] = defaultdict(list)
    for (who, mailing_id), (at, to) in copies.items():
        told = tuple(failures.get((who, mailing_id), ()))
        found[who].append(Fared(sent_at=at, sent_to=to, failures=told))
    return dict(found)


def refused_copies(
    connection: Connection,
    mailing_id: int,
    *,
    lane: int | None,
    since: dt.datetime | None,
    after: int,
    limit: int,
) -> list[Refused]:
    """The next copies that mail servers refused, by subscriber; of that lane, from then on, where given."""
    query = (
        select(_delivery.c.subscriber_id, _delivery.c.changed_at, _delivery.c.reason)
        .join(_batch, _batch.c.id == _delivery.c.batch_id)
        .where(_delivery.c.mailing_id == mailing_id, _refused_by_smtp())
        .where(_delivery.c.handover != Handover.ACCEPTED)  # its index holds nobody else
        .order_by(_delivery.c.subscriber_id)
        .limit(limit)
    )
    if lane is not None:
        query = query.where(_batch.c.lane == lane)
    if since is not None:
        query = query.where(_delivery.c.changed_at >= since)
    found: list[Refused] = []
    while len(found) < limit:
        rows = connection.execute(query.where(_delivery.c.subscriber_id > after)).all()
        for row in rows:
            kind = refused_at_handover(row.reason)
            if kind is not None:
                refused = Refused(
                    mailing_id=mailing_id,
                    subscriber_id=row.subscriber_id,
                    kind=kind,
                    at=row.changed_at,
                    reason=row.reason,
                )
                found.append(refused)
        if len(rows) < limit:
            break
        after = rows[-1].subscriber_id
    return found


def _refused_by_smtp() -> ColumnElement[bool]:
    return and_(_delivery.c.handover == Handover.FAILED, _batch.c.transport == _BY_SMTP)


def _in_mailings(connection: Connection, *, since: dt.datetime, until: dt.datetime) -> ColumnElement[bool]:
    """Whatever is of a mailing of that time. Named one by one: the index of deliveries begins with them."""
    query = select(_mailing.c.id).where(~_mailing.c.simulated, _SENT_AT.between(since, until))
    return _delivery.c.mailing_id.in_(connection.scalars(query).all())


def _copies(connection: Connection, about: ColumnElement[bool]) -> Iterable[Copy]:
    rows = connection.execute(
        select(_delivery, _mailing.c.list_id, _subscriber.c.address.label("key"), _SENT_AT.label("at"))
        .join(_mailing, _mailing.c.id == _delivery.c.mailing_id)
        .join(_subscriber, _subscriber.c.id == _delivery.c.subscriber_id)
        .where(~_mailing.c.simulated, about)
    )
    for row in rows:
        yield Copy(
            mailing_id=row.mailing_id,
            subscriber_id=row.subscriber_id,
            list_id=row.list_id,
            sent_to=row.address,
            address=row.key,
            sent_at=row.at,
        )
