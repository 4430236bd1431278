"""The yardstick of the lanes: the same rows written, as few statements as it takes, with the bare driver.

One committed transaction between two calls, as in a lane: the answer of the last batch and the claim of the
next. No lock, no pace, no suppression looked up, no token, no recipient: it could not send anything.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from typing import Any

from benchmarks.places import Place

_READY = "SELECT id FROM batch WHERE mailing_id = ? AND lane = ? AND state = 'ready' ORDER BY id"
_CLAIM_BATCH = (
    "UPDATE batch SET state = 'calling', attempt = attempt + 1, transport = 'nothing', not_before = NULL, "
    "changed_at = ? WHERE id = ? AND state = 'ready'"
)
_CLAIM_DELIVERIES = (
    "UPDATE delivery SET handover = 'calling', reason = '', changed_at = ? "
    "WHERE batch_id = ? AND handover = 'queued'"
)
_RECORD_DELIVERIES = (
    "UPDATE delivery SET handover = 'accepted', reason = '', changed_at = ? "
    "WHERE batch_id = ? AND handover = 'calling'"
)
_RECORD_BATCH = (
    "UPDATE batch SET state = 'accepted', reason = '', not_before = NULL, changed_at = ? WHERE id = ?"
)
_CLAIM = (_CLAIM_BATCH, _CLAIM_DELIVERIES)
_RECORD = (_RECORD_DELIVERIES, _RECORD_BATCH)
_READERS = (
    "SELECT s.id, s.email, s.name, s.language, s.fields FROM delivery d "
    "JOIN subscriber s ON s.id = d.subscriber_id WHERE d.batch_id = ? AND d.handover = 'calling'"
)


def run_bare(place: Place, mailing_id: int, *, lane: int, reading: bool = False) -> None:
    """Bring every batch of the lane from ready to accepted. With `reading`, read its readers, too."""
    if place.server:
        _run_on_server(place.url, mailing_id, lane=lane, reading=reading)
    else:
        _run_in_file(str(place.file), mailing_id, lane=lane, reading=reading)


def _run_in_file(file: str, mailing_id: int, *, lane: int, reading: bool) -> None:
    connection = sqlite3.connect(file, isolation_level=None, timeout=30)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        ready = [row[0] for row in connection.execute(_READY, (mailing_id, lane))]
        for last, following in zip([None, *ready], [*ready, None], strict=True):
            now = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
            connection.execute("BEGIN IMMEDIATE")
            for statement, batch_id in _turn(last, following):
                connection.execute(statement, (now, batch_id))
            if reading:
                connection.execute(_READERS, (following,)).fetchall()
            connection.execute("COMMIT")
    finally:
        connection.close()


def _run_on_server(url: str, mailing_id: int, *, lane: int, reading: bool) -> None:
    import psycopg

    def written(statement: str) -> Any:  # noqa: ANN401 - psycopg wants a literal
        return statement.replace("?", "%s")

    with psycopg.connect(url) as connection:
        ready = [row[0] for row in connection.execute(written(_READY), (mailing_id, lane)).fetchall()]
        connection.commit()
        for last, following in zip([None, *ready], [*ready, None], strict=True):
            now = dt.datetime.now(dt.UTC)
            for statement, batch_id in _turn(last, following):
                connection.execute(written(statement), (now, batch_id))
            if reading:
                connection.execute(written(_READERS), (following,)).fetchall()
            connection.commit()


def _turn(last: int | None, following: int | None) -> Iterator[tuple[str, int]]:
    """The statements of one transaction, each with its batch."""
    if last is not None:
        yield from ((statement, last) for statement in _RECORD)
    if following is not None:
        yield from ((statement, following) for statement in _CLAIM)
