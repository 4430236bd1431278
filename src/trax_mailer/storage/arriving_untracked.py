"""Readers of a file who are not to be tracked, beside the arrivals of the same desk."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text


def make_untracked(connection: Connection) -> None:
    """Make the empty table."""
    connection.exec_driver_sql("CREATE TEMPORARY TABLE arrived_untracked (key TEXT NOT NULL)")


def add_untracked(connection: Connection, keys: Sequence[str]) -> None:
    """Note readers of the file, by the keys of their addresses."""
    if keys:
        statement = text("INSERT INTO arrived_untracked VALUES (:key)")
        connection.execute(statement, [{"key": key} for key in keys])


def merge_untracked(connection: Connection, list_id: int) -> int:
    """Let those who are on the list be untracked there; nobody whose own consent to tracking stands.

    Returns for how many that is new.
    """
    return connection.execute(
        text(
            "UPDATE subscription SET untracked = :yes WHERE list_id = :list_id AND untracked = :no "
            "AND subscriber_id IN (SELECT s.id FROM arrived_untracked a "
            "JOIN subscriber s ON s.address = a.key) "
            "AND NOT EXISTS (SELECT 1 FROM tracking_consent c WHERE c.list_id = subscription.list_id "
            "AND c.subscriber_id = subscription.subscriber_id AND c.withdrawn_at IS NULL)"
        ),
        {"list_id": list_id, "yes": True, "no": False},
    ).rowcount
