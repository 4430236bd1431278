"""Readers one by one, chosen by list, state, tag or words, in the order in which they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, or_, select

from trax_mailer.model.roster import Place, RosterLine
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema
from trax_mailer.storage.blanking import ERASED
from trax_mailer.storage.subscriptions import split_topics
from trax_mailer.storage.tags import tags_among

_subscriber, _subscription = schema.subscriber, schema.subscription
_suppression, _tag = schema.suppression, schema.tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which readers are meant; what is left out says nothing.

    `search` are words in the address or the name, `start` is what an address begins with, as its key.
    """

    list_id: int | None = None
    state: SubscriptionState | None = None
    suppressed: bool = False
    tag: str = ""
    search: str = ""
    start: str = ""


def roster(connection: Connection, wanted: Filter, *, after: int, limit: int) -> list[RosterLine]:
    """The next readers with an id over `after`, at most `limit`. Erased ones are never among them.

    With a list, the places are those on it alone.
    """
    query = (
        select(_subscriber, _suppression.c.reason)
        .outerjoin(_suppression, _suppression.c.address == _subscriber.c.address)
        .where(*_conditions(wanted), _subscriber.c.id > after)
        .order_by(_subscriber.c.id)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    places, tags = _places(connection, ids, list_id=wanted.list_id), tags_among(connection, ids)
    return [_line(row, places=places.get(row.id, ()), tags=tags.get(row.id, ())) for row in rows]


def field_names(connection: Connection, wanted: Filter) -> list[str]:
    """The names of the fields that any of them has, sorted."""
    query = (
        select(_subscriber.c.fields)
        .outerjoin(_suppression, _suppression.c.address == _subscriber.c.address)
        .where(*_conditions(wanted))
        .execution_options(stream_results=True, yield_per=5_000)
    )
    names: set[str] = set()
    for fields in connection.scalars(query):
        names.update(fields)
    return sorted(names)


def count_readers(connection: Connection, wanted: Filter) -> int:
    """How many readers are meant."""
    query = (
        select(func.count())
        .select_from(_subscriber)
        .outerjoin(_suppression, _suppression.c.address == _subscriber.c.address)
    )
    return int(connection.execute(query.where(*_conditions(wanted))).scalar_one())


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found = [~_subscriber.c.address.startswith(ERASED)]
    if wanted.list_id is not None or wanted.state is not None:
        on = [_subscription.c.subscriber_id == _subscriber.c.id]
        on += [_subscription.c.list_id == wanted.list_id] if wanted.list_id is not None else []
        on += [_subscription.c.state == wanted.state] if wanted.state is not None else []
        found.append(exists().where(*on))
    if wanted.suppressed:
        found.append(_suppression.c.reason.is_not(None))
    if wanted.tag:
        found.append(exists().where(_tag.c.subscriber_id == _subscriber.c.id, _tag.c.name == wanted.tag))
    if wanted.search:
        forms = _spellings(wanted.search)
        columns = (_subscriber.c.address, func.lower(_subscriber.c.name), _subscriber.c.name)
        found.append(or_(*(column.contains(form, autoescape=True) for column in columns for form in forms)))
    if wanted.start:
        found.append(_subscriber.c.address.startswith(wanted.start, autoescape=True))
    return found


def _spellings(words: str) -> set[str]:
    """The words as a name may spell them: what databases call lower case differs outside ASCII."""
    plain = "".join(sign.lower() if sign.isascii() else sign for sign in words)
    return {words, words.lower(), words.title(), plain}


def _places(
    connection: Connection, ids: Sequence[int], *, list_id: int | None
) -> dict[int, tuple[Place, ...]]:
    query = (
        select(_subscription, schema.mailing_list.c.name)
        .join(schema.mailing_list, schema.mailing_list.c.id == _subscription.c.list_id)
        .where(_subscription.c.subscriber_id.in_(ids))
        .order_by(_subscription.c.subscriber_id, schema.mailing_list.c.name)
    )
    if list_id is not None:
        query = query.where(_subscription.c.list_id == list_id)
    found: dict[int, tuple[Place, ...]] = {}
    for row in connection.execute(query):
        place = Place(
            list_name=row.name,
            state=row.state,
            since=row.changed_at,
            topics=split_topics(row.topics),
            untracked=row.untracked,
        )
        found[row.subscriber_id] = (*found.get(row.subscriber_id, ()), place)
    return found


def _line(row: Row[Any], *, places: tuple[Place, ...], tags: tuple[str, ...]) -> RosterLine:
    return RosterLine(
        id=row.id,
        email=row.email,
        name=row.name,
        language=row.language,
        fields=row.fields,
        since=row.created_at,
        tags=tags,
        suppressed=row.reason.value if row.reason else "",
        places=places,
    )
