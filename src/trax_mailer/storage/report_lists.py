"""Numbers of lists for reports: who left after a mailing, and how a list grew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from trax_mailer.model.act import ActKind
from trax_mailer.model.mailing import Handover
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import schema
from trax_mailer.storage.report_numbers import hour_of

_now = schema.subscription
_past = schema.past_subscription
_mailing = schema.mailing
_OWN = (ActKind.PAGE, ActKind.ONE_CLICK, ActKind.MAIL)
_ON = SubscriptionState.SUBSCRIBED


def count_left(connection: Connection, mailing_id: int) -> int:
    """Who had the mailing and left by a page, a mail program or a mail, before the next to the same list."""
    mailing = connection.execute(
        select(_mailing.c.list_id, _mailing.c.started_at).where(_mailing.c.id == mailing_id)
    ).one()
    if mailing.started_at is None:
        return 0
    next_one = connection.scalar(
        select(func.min(_mailing.c.started_at)).where(
            _mailing.c.list_id == mailing.list_id,
            ~_mailing.c.simulated,
            or_(
                _mailing.c.started_at > mailing.started_at,
                and_(_mailing.c.started_at == mailing.started_at, _mailing.c.id > mailing_id),
            ),
        )
    )
    steps = _steps(mailing.list_id)
    left = (
        select(func.count(func.distinct(steps.c.subscriber_id)))
        .join(schema.act, schema.act.c.id == steps.c.act_id)
        .join(schema.delivery, schema.delivery.c.subscriber_id == steps.c.subscriber_id)
        .where(schema.delivery.c.mailing_id == mailing_id, schema.delivery.c.handover == Handover.ACCEPTED)
        .where(steps.c.state == SubscriptionState.UNSUBSCRIBED, schema.act.c.kind.in_(_OWN))
        .where(steps.c.changed_at >= mailing.started_at)
    )
    if next_one is not None:
        left = left.where(steps.c.changed_at < next_one)
    return int(connection.execute(left).scalar_one())


def count_growth(connection: Connection, list_id: int) -> list[tuple[str, SubscriptionState, bool, int]]:
    """Steps onto the list and off it by month: `2026-03`, the state arrived at, whether onto, how many.

    A step that changes nothing about being subscribed is none. The steps add up to who is subscribed now.
    """
    steps = _steps(list_id)
    before = func.lag(steps.c.state).over(
        partition_by=steps.c.subscriber_id, order_by=(steps.c.current, steps.c.id)
    )
    told = select(steps.c.state, steps.c.changed_at, before.label("before")).subquery()
    was_on = case((told.c.before == _ON, 1), else_=0)
    is_on = case((told.c.state == _ON, 1), else_=0)
    month = func.substr(hour_of(connection, told.c.changed_at), 1, 7).label("month")
    rows = connection.execute(
        select(month, told.c.state, is_on.label("onto"), func.count())
        .where(was_on != is_on)
        .group_by("month", told.c.state, "onto")
        .order_by("month")
    )
    return [(row[0], row[1], bool(row[2]), row[3]) for row in rows]


def _steps(list_id: int) -> Subquery:
    """Where readers of the list stood and stand; `current` and `id` sort the rows of one reader."""
    return union_all(
        _of(_past, list_id, _past.c.id, current=0), _of(_now, list_id, literal(0), current=1)
    ).subquery()


def _of(table: Table, list_id: int, number: ColumnElement[int], *, current: int) -> Select[Any]:
    columns = [table.c[name] for name in ("subscriber_id", "state", "changed_at", "act_id")]
    place = literal(current, literal_execute=True).label("current")
    return select(*columns, place, number.label("id")).where(table.c.list_id == list_id)
