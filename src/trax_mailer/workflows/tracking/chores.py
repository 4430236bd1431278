"""Chores: pseudonyms deleted when their days are over, and visits of readers whose consent ended."""

from __future__ import annotations

import datetime as dt
from threading import Event

from trax_mailer.storage import Ledger
from trax_mailer.storage.posted import forget_raw_events
from trax_mailer.storage.visit_consents import forget_without_consent, withdrawn_at
from trax_mailer.storage.visits import fold_hour, oldest_hour

_AT_ONCE = 2_000


def fold_old_visits(ledger: Ledger, *, days: int, now: dt.datetime, stop: Event | None = None) -> int:
    """Leave counts alone of visits that are older than so many days. Returns how many were folded.

    Hour by hour, each in a transaction of its own: it may be interrupted, and done by several at once.
    """
    until = (now - dt.timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
    folded = 0
    while stop is None or not stop.is_set():
        with ledger.write() as connection:
            hour = oldest_hour(connection)
            if hour is None or hour >= until:
                break
            folded += fold_hour(connection, hour)
    return folded


def forget_old_events(ledger: Ledger, *, days: int, now: dt.datetime, stop: Event | None = None) -> int:
    """Delete what providers posted more than so many days ago. Returns how many events.

    What they said of deliveries and readers stays: only what was kept of the posts themselves goes.
    """
    before, gone = now - dt.timedelta(days=days), 0
    while stop is None or not stop.is_set():
        with ledger.write(alone=False) as connection:
            part = forget_raw_events(connection, before=before, limit=_AT_ONCE)
        gone += part
        if part < _AT_ONCE:
            break
    return gone


class ConsentWatch:
    """Sees that somebody's consent ended, and deletes what is tied to those without."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._seen: dt.datetime | None = None

    def look(self) -> int:
        """Returns how many visits were deleted."""
        with self._ledger.read() as connection:
            latest = withdrawn_at(connection)
        if latest is None or latest == self._seen:
            return 0
        with self._ledger.write(alone=False) as connection:
            gone = forget_without_consent(connection)
        self._seen = latest
        return gone
