"""Changes of address: the reader stays who they are, and so do the links in their mails."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, Text, cast, delete, select, update

from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import schema
from trax_mailer.storage.suppressions import add_suppression

MOVED = "moved"
"""Stands in the details of an act that changed an address; the addresses themselves do not."""

FORMER = "former address of reader "
"""Begins the source of the suppression of an address that was a reader's."""


def put_address(connection: Connection, subscriber_id: int, *, address: str, email: str) -> None:
    """Give the reader another address, which must be free. `address` is the key of `email`."""
    connection.execute(
        update(schema.subscriber)
        .where(schema.subscriber.c.id == subscriber_id)
        .values(address=address, email=email)
    )


def keep_former(connection: Connection, subscriber_id: int, *, address: str, now: dt.datetime) -> None:
    """Suppress an address that was the reader's: no old file shall have them mailed there again."""
    reason = SuppressionReason.UNSUBSCRIBED
    add_suppression(connection, address, reason=reason, source=_source(subscriber_id), now=now)


def former_addresses(connection: Connection, subscriber_id: int) -> list[str]:
    """The addresses that were the reader's, by their keys."""
    table = schema.suppression
    query = select(table.c.address).where(table.c.source == _source(subscriber_id))
    return list(connection.scalars(query.order_by(table.c.address)))


def reclaim_former(connection: Connection, subscriber_id: int, *, address: str) -> bool:
    """Let the reader have an address again that was theirs. False where it is not one of those."""
    table = schema.suppression
    theirs = (table.c.address == address) & (table.c.source == _source(subscriber_id))
    return bool(connection.execute(delete(table).where(theirs)).rowcount)


def moved_readers(connection: Connection) -> list[int]:
    """The ids of the readers whose address was ever changed."""
    act = schema.act
    marked = cast(act.c.details, Text).like(f'%"{MOVED}"%')
    query = select(act.c.subscriber_id).where(act.c.subscriber_id.is_not(None), marked).distinct()
    return [int(one) for one in connection.scalars(query.order_by(act.c.subscriber_id)) if one is not None]


def _source(subscriber_id: int) -> str:
    return f"{FORMER}{subscriber_id}"
