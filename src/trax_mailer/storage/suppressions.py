"""Suppressions: the keys of addresses that are never to be mailed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from trax_mailer.model.subscriber import Suppression, SuppressionReason
from trax_mailer.storage import schema


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
    return Suppression(email=row.address, reason=row.reason, since=row.since, source=row.source)


def suppressed_among(connection: Connection, addresses: Sequence[str]) -> set[str]:
    """Which of these keys are suppressed. At most some thousand at once."""
    return set(
        connection.scalars(
            select(schema.suppression.c.address).where(schema.suppression.c.address.in_(addresses))
        )
    )
