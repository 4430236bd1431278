"""Suppressions: the keys of addresses that are never to be mailed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from trax_mailer.model.subscriber import Suppression, SuppressionReason
from trax_mailer.storage import schema

_HEAVIER = (
    SuppressionReason.STAFF,
    SuppressionReason.BOUNCED,
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.COMPLAINED,
)
"""Reasons, the lightest first: what the reader said stands over what others did."""


def add_suppression(
    connection: Connection, address: str, *, reason: SuppressionReason, source: str, now: dt.datetime
) -> bool:
    """Suppress the address of that key. False where it was already, which stays as it was."""
    if find_suppression(connection, address) is not None:
        return False
    connection.execute(
        insert(schema.suppression).values(address=address, reason=reason, since=now, source=source)
    )
    return True


def raise_suppression(
    connection: Connection, address: str, *, reason: SuppressionReason, source: str, now: dt.datetime
) -> bool:
    """Suppress the address of that key, or for a heavier reason than before. False where nothing changed."""
    known = find_suppression(connection, address)
    if known is None:
        return add_suppression(connection, address, reason=reason, source=source, now=now)
    if _HEAVIER.index(known.reason) >= _HEAVIER.index(reason):
        return False
    table = schema.suppression
    change = update(table).where(table.c.address == address)
    connection.execute(change.values(reason=reason, source=source))
    return True


def remove_suppression(connection: Connection, address: str) -> bool:
    """Let the address of that key be mailed again. False where it was not suppressed."""
    removed = delete(schema.suppression).where(schema.suppression.c.address == address)
    return bool(connection.execute(removed).rowcount)


def find_suppression(connection: Connection, address: str) -> Suppression | None:
    """The suppression of that key, or None."""
    row = connection.execute(
        select(schema.suppression).where(schema.suppression.c.address == address)
    ).first()
    if row is None:
        return None
    return _suppression(row)


def add_suppressions(
    connection: Connection,
    addresses: Collection[str],
    *,
    reason: SuppressionReason,
    source: str,
    now: dt.datetime,
) -> set[str]:
    """Suppress the addresses of these keys, at most some thousand; returns those that were not yet."""
    new = set(addresses) - suppressed_among(connection, sorted(set(addresses)))
    if new:
        values = {"reason": reason, "since": now, "source": source}
        connection.execute(
            insert(schema.suppression), [{"address": address, **values} for address in sorted(new)]
        )
    return new


def suppressions_after(
    connection: Connection, address: str, *, reasons: Collection[SuppressionReason], limit: int
) -> list[Suppression]:
    """The next suppressions for one of these reasons, by key."""
    rows = connection.execute(
        select(schema.suppression)
        .where(schema.suppression.c.address > address, schema.suppression.c.reason.in_(sorted(reasons)))
        .order_by(schema.suppression.c.address)
        .limit(limit)
    )
    return [_suppression(row) for row in rows]


def count_suppressions(connection: Connection) -> dict[SuppressionReason, int]:
    """How many addresses are suppressed for each reason."""
    table = schema.suppression
    rows = connection.execute(select(table.c.reason, func.count()).group_by(table.c.reason))
    return {row[0]: row[1] for row in rows}


def suppressed_among(connection: Connection, addresses: Sequence[str]) -> set[str]:
    """Which of these keys are suppressed. At most some thousand at once."""
    return set(
        connection.scalars(
            select(schema.suppression.c.address).where(schema.suppression.c.address.in_(addresses))
        )
    )


def _suppression(row: Row[tuple[object, ...]]) -> Suppression:
    return Suppression(email=row.address, reason=row.reason, since=row.since, source=row.source)
