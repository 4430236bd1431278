"""The readers of a mailing, class by class, in order of their ids and a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, select

from trax_mailer.model.mailing import Handover
from trax_mailer.model.reader_line import ReaderLine
from trax_mailer.model.segments import Rule
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema
from trax_mailer.storage.deliveries import stands_at
from trax_mailer.storage.segment_rules import condition

_table = schema.delivery
_HAVE_IT = (Handover.ACCEPTED, Handover.UNCERTAIN, Handover.CALLING, Handover.QUEUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNumbers:
    """Of the subscribed readers of a list: who may be mailed, who of those has the issue, who may not."""

    to_mail: int
    have_it: int
    kept_out: int


def readers_at(
    connection: Connection, mailing_id: int, handovers: Sequence[Handover], *, after: int, limit: int
) -> list[ReaderLine]:
    """The next readers with an id over `after` whose delivery stands at one of those."""
    rows = connection.execute(
        select(_table)
        .where(_table.c.mailing_id == mailing_id, stands_at(handovers))
        .where(_table.c.subscriber_id > after)
        .order_by(_table.c.subscriber_id)
        .limit(limit)
    )
    return [
        ReaderLine(
            subscriber_id=row.subscriber_id,
            email=row.address,
            handover=row.handover,
            outcome=row.outcome,
            reason=row.reason,
            changed_at=row.changed_at,
        )
        for row in rows
    ]


def reasons_at(
    connection: Connection, mailing_id: int, handover: Handover, *, limit: int
) -> list[tuple[str, int]]:
    """The reasons noted beside those deliveries and how many have each, the commonest first."""
    count = func.count()
    rows = connection.execute(
        select(_table.c.reason, count)
        .where(_table.c.mailing_id == mailing_id, _table.c.handover == handover)
        .group_by(_table.c.reason)
        .order_by(count.desc(), _table.c.reason)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def list_numbers(
    connection: Connection, list_id: int, *, others: Sequence[int], segment: Rule | None = None
) -> ListNumbers:
    """Who of the list may be mailed now; and who of those has, may have or is to get it from `others`.

    `others` are mailings of the same issue. With `segment`, only those count for whom that rule holds.
    """
    subscription, suppression = schema.subscription, schema.suppression
    has_it = exists().where(
        _table.c.mailing_id.in_(others),
        _table.c.subscriber_id == subscription.c.subscriber_id,
        _table.c.handover.in_(_HAVE_IT),
    )
    on_list = (
        select(func.count(), func.count(suppression.c.address))
        .select_from(subscription)
        .join(schema.subscriber, schema.subscriber.c.id == subscription.c.subscriber_id)
        .outerjoin(suppression, suppression.c.address == schema.subscriber.c.address)
        .where(subscription.c.list_id == list_id, subscription.c.state == SubscriptionState.SUBSCRIBED)
    )
    if segment is not None:
        on_list = on_list.where(condition(segment))
    everybody, suppressed = connection.execute(on_list).one()
    having = 0
    if others:
        query = on_list.where(has_it, suppression.c.address.is_(None))
        having = connection.execute(query).one()[0]
    return ListNumbers(to_mail=everybody - suppressed, have_it=having, kept_out=suppressed)
