"""Claims: whoever of a window may be mailed at this moment is called; the rest is told apart.

Each step is a statement for all of the window. The statements are built once: a lane runs them hundreds of
times a second, and building one anew costs more than running it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, tuple_, update

from trax_mailer.model.mailing import Handover
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.storage import schema
from trax_mailer.storage.windows import Window, within

_table = schema.delivery
_subscriber = schema.subscriber
_subscription = schema.subscription
_suppression = schema.suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a reader stands now. `subscription` is None where they are not on the list any more."""

    subscriber_id: int
    subscription: SubscriptionState | None
    suppression: SuppressionReason | None


_on_list = and_(
    _subscription.c.subscriber_id == _table.c.subscriber_id, _subscription.c.list_id == bindparam("of_list")
)
_stays = _subscription.c.state
_NOT_TO_MAIL = (
    select(_table.c.subscriber_id, _stays, _suppression.c.reason)
    .join(_subscriber, _subscriber.c.id == _table.c.subscriber_id)
    .outerjoin(_subscription, _on_list)
    .outerjoin(_suppression, _suppression.c.address == _subscriber.c.address)
    .where(within(Handover.QUEUED))
    .where(or_(_stays.is_(None), _stays != SubscriptionState.SUBSCRIBED, _suppression.c.reason.is_not(None)))
)
_ADDRESSES = (
    select(_table.c.subscriber_id, _subscriber.c.email)
    .join(_subscriber, _subscriber.c.id == _table.c.subscriber_id)
    .where(within(Handover.QUEUED))
)
_CALL = update(_table).values(handover=Handover.CALLING, reason="", changed_at=bindparam("at"))
_as_planned = (
    exists()
    .where(_subscriber.c.id == _table.c.subscriber_id, _subscriber.c.email == _table.c.address)
    .where(_on_list, _stays == SubscriptionState.SUBSCRIBED)
    .where(~exists().where(_suppression.c.address == _subscriber.c.address).correlate(_subscriber))
    .correlate(_table)
)
# The same for all of a range at once: one walk along the list instead of a look-up for each reader.
_all_as_planned = tuple_(_table.c.subscriber_id, _table.c.address).in_(
    select(_subscription.c.subscriber_id, _subscriber.c.email)
    .join(_subscriber, _subscriber.c.id == _subscription.c.subscriber_id)
    .where(_subscription.c.list_id == bindparam("of_list"), _stays == SubscriptionState.SUBSCRIBED)
    .where(_subscription.c.subscriber_id.between(bindparam("first"), bindparam("last")))
    .where(~exists().where(_suppression.c.address == _subscriber.c.address).correlate(_subscriber))
)
_CALL_AS_PLANNED = {
    dense: _CALL.where(within(Handover.QUEUED, dense=dense), _all_as_planned if dense else _as_planned)
    for dense in (False, True)
}
# Where nobody has to be kept out, to look first and then to write is quicker for SQLite than both at once.
_COUNT_AS_PLANNED = (
    select(func.count())
    .select_from(_subscription)
    .join(_subscriber, _subscriber.c.id == _subscription.c.subscriber_id + 0)
    .join(_table, _table.c.subscriber_id == _subscription.c.subscriber_id + 0)
    .where(_subscription.c.list_id == bindparam("of_list"), _stays == SubscriptionState.SUBSCRIBED)
    .where(_subscription.c.subscriber_id.between(bindparam("first"), bindparam("last")))
    # No range of deliveries: one walk along the list, and each delivery by its key.
    .where(_table.c.mailing_id == bindparam("of_mailing"), _table.c.batch_id + 0 == bindparam("of_batch"))
    .where(_table.c.handover == Handover.QUEUED, _table.c.address == _subscriber.c.email)
    .where(~exists().where(_suppression.c.address == _subscriber.c.address).correlate(_subscriber))
)
_CALL_WINDOW = _CALL.where(within(Handover.QUEUED, dense=True))
_CALL_REST = _CALL.where(within(Handover.QUEUED)).values(
    address=select(_subscriber.c.email).where(_subscriber.c.id == _table.c.subscriber_id).scalar_subquery()
)


def addresses_in(connection: Connection, window: Window) -> list[tuple[int, str]]:
    """The ids of those of the window who wait, and the addresses they have now."""
    return [(row[0], row[1]) for row in connection.execute(_ADDRESSES, window.bounds)]


def call_as_planned(connection: Connection, window: Window, *, list_id: int, now: dt.datetime) -> int:
    """Whoever of the window waits, is on the list, is not suppressed and has the address that was planned.

    They are being handed over from now on. Returns how many they are.
    """
    values = window.bounds | {"of_list": list_id, "at": now}
    if window.is_dense and connection.dialect.name == "sqlite":
        planned = connection.execute(_COUNT_AS_PLANNED, window.bounds | {"of_list": list_id}).scalar_one()
        if planned == window.count:
            return int(connection.execute(_CALL_WINDOW, window.bounds | {"at": now}).rowcount)
    return int(connection.execute(_CALL_AS_PLANNED[window.is_dense], values).rowcount)


def not_to_mail(connection: Connection, window: Window, *, list_id: int) -> list[Standing]:
    """Those of the window who wait and must not be mailed as they stand this moment."""
    rows = connection.execute(_NOT_TO_MAIL, window.bounds | {"of_list": list_id})
    return [Standing(subscriber_id=row[0], subscription=row[1], suppression=row[2]) for row in rows]


def call_rest(connection: Connection, window: Window, *, now: dt.datetime) -> int:
    """Whoever of the window still waits is being handed over, to the address they have now. How many."""
    return int(connection.execute(_CALL_REST, window.bounds | {"at": now}).rowcount)
