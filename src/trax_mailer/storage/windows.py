"""Windows: the readers of one call, a range of a batch; found, read for the call, and settled together.

The statements are built once: a lane runs them hundreds of times a second, and building one anew costs
more than running it.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, cast, func, select, update

from trax_mailer.model.mailing import Handover
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.storage import schema

_table = schema.delivery
_subscriber = schema.subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Deliveries of a batch: from one subscriber's id to another, at most `count` of them."""

    mailing_id: int
    batch_id: int
    first: int
    last: int
    count: int

    @property
    def is_dense(self) -> bool:
        """Whether the ids between its ends are mostly its own, as in a batch of the snapshot."""
        return self.last - self.first < 2 * self.count

    @property
    def bounds(self) -> dict[str, object]:
        """The same, as the statements here name it."""
        return {
            "of_mailing": self.mailing_id,
            "of_batch": self.batch_id,
            "first": self.first,
            "last": self.last,
        }


class Called(NamedTuple):
    """A reader whose delivery is in a call; `tries` says how often it was put off before."""

    subscriber: Subscriber
    tries: int


def within(handover: Handover, *, dense: bool = False) -> ColumnElement[bool]:
    """The deliveries of a window, given as its `bounds`, that stand there.

    With `dense`, SQLite walks along the table, and not from the index of batches to each row.
    """
    return and_(
        _table.c.mailing_id == bindparam("of_mailing"),
        (_table.c.batch_id + 0 if dense else _table.c.batch_id) == bindparam("of_batch"),
        _table.c.handover == handover,
        _table.c.subscriber_id.between(bindparam("first"), bindparam("last")),
    )


_members = (
    select(_table.c.subscriber_id)
    .where(_table.c.batch_id == bindparam("of_batch"))
    .limit(bindparam("most"))
    .subquery()
)
_WHOLE = select(func.min(_members.c.subscriber_id), func.max(_members.c.subscriber_id), func.count())
_waiting = (
    select(_table.c.subscriber_id)
    .where(_table.c.mailing_id == bindparam("of_mailing"), _table.c.batch_id == bindparam("of_batch"))
    .where(_table.c.handover == Handover.QUEUED)
    .order_by(_table.c.subscriber_id)
    .limit(bindparam("most"))
    .subquery()
)
_NEXT = select(func.min(_waiting.c.subscriber_id), func.max(_waiting.c.subscriber_id), func.count())
_IN_CALL = {
    dense: select(
        _table.c.subscriber_id,
        _table.c.address,
        _table.c.tries,
        _subscriber.c.name,
        _subscriber.c.language,
        cast(_subscriber.c.fields, Text),
    )
    .join(_subscriber, _subscriber.c.id == _table.c.subscriber_id)
    .where(within(Handover.CALLING, dense=dense))
    .order_by(_table.c.subscriber_id)
    for dense in (False, True)
}
_SETTLE_REST = {
    dense: update(_table)
    .where(within(Handover.CALLING, dense=dense))
    .values(handover=bindparam("what"), reason=bindparam("why"), changed_at=bindparam("at"))
    for dense in (False, True)
}


def whole_batch(connection: Connection, mailing_id: int, batch_id: int, *, limit: int) -> Window | None:
    """All of the batch, wherever they stand; None where those are more than `limit`, or nobody."""
    first, last, count = connection.execute(_WHOLE, {"of_batch": batch_id, "most": limit + 1}).one()
    if not 0 < count <= limit:
        return None
    return Window(mailing_id=mailing_id, batch_id=batch_id, first=first, last=last, count=count)


def next_window(connection: Connection, mailing_id: int, batch_id: int, *, limit: int) -> Window | None:
    """The next of the batch who wait, in order of id, at most `limit`; None where none waits."""
    values = {"of_mailing": mailing_id, "of_batch": batch_id, "most": limit}
    first, last, count = connection.execute(_NEXT, values).one()
    if not count:
        return None
    return Window(mailing_id=mailing_id, batch_id=batch_id, first=first, last=last, count=count)


def in_call(connection: Connection, window: Window) -> list[Called]:
    """Whoever of the window is being handed over, in order of id, with the address that was written down."""
    rows = connection.execute(_IN_CALL[window.is_dense], window.bounds).all()
    # One text for all: read one by one, they would take four times as long.
    fields = json.loads(f"[{','.join(row[5] for row in rows)}]")
    return [
        Called(Subscriber(id=reader, email=address, name=name, language=language, fields=own), tries)
        for (reader, address, tries, name, language, _), own in zip(rows, fields, strict=True)
    ]


def settle_rest(
    connection: Connection, window: Window, *, end: tuple[Handover, str], now: dt.datetime
) -> int:
    """The same end, as handover and reason, for everybody of the window who is still in the call.

    Returns how many they are.
    """
    values = window.bounds | {"what": end[0], "why": end[1], "at": now}
    return int(connection.execute(_SETTLE_REST[window.is_dense], values).rowcount)
