"""The time by which a ledger's writers go."""

from __future__ import annotations

import datetime as dt

from trax_mailer.storage import Ledger


def ledger_now(ledger: Ledger) -> dt.datetime:
    """The present moment, in UTC, by the clock that is the same for every host on the ledger."""
    with ledger.read() as connection:
        return ledger.clock(connection)
