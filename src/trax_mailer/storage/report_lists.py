"""Numbers of lists for reports: who left after a mailing, and how a list grew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Subquery,
    Table,
    and_,
    case,
    func,
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
    told = union_all(_earlier_steps(list_id), _last_steps(list_id)).subquery()
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


def _earlier_steps(list_id: int) -> Select[Any]:
    """Where readers of the list stood, with where they stood before."""
    before = func.lag(_past.c.state).over(partition_by=_past.c.subscriber_id, order_by=_past.c.id)
    return select(_past.c.state, _past.c.changed_at, before.label("before")).where(_past.c.list_id == list_id)


def _last_steps(list_id: int) -> Select[Any]:
    """Where readers of the list stand, with where they stood before: most were nowhere, and have no row."""
    newest = select(func.max(_past.c.id)).where(_past.c.list_id == list_id).group_by(_past.c.subscriber_id)
    before = select(_past.c.subscriber_id, _past.c.state).where(_past.c.id.in_(newest)).subquery()
    return (
        select(_now.c.state, _now.c.changed_at, before.c.state.label("before"))
        .outerjoin(before, before.c.subscriber_id == _now.c.subscriber_id)
        .where(_now.c.list_id == list_id)
    )


def _steps(list_id: int) -> Subquery:
    """Where readers of the list stood and stand, and by which act."""
    return union_all(_of(_past, list_id), _of(_now, list_id)).subquery()


def _of(table: Table, list_id: int) -> Select[Any]:
    columns = [table.c[name] for name in ("subscriber_id", "state", "changed_at", "act_id")]
    return select(*columns).where(table.c.list_id == list_id)
