"""The key ring: showing which keys there are, never what they are, and adding one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from trax_mailer.storage import Ledger, open_ledger, open_ring
from trax_mailer.storage.journal import add_entry
from trax_mailer.tokens import KEYS_NAME
from trax_mailer.tokens.keyfile import key_dates
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One key. `made_at` is ISO 8601, empty where it is not known; `current` where new links use it."""

    id: int
    made_at: str
    current: bool


def show_keys(workspace: Workspace) -> list[KeyLine]:
    """Every key of the ring, the oldest first. Raises BadState where it is not this ledger's, or damaged."""
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        open_ring(ledger)
        return _lines(ledger)


def rotate_keys(workspace: Workspace) -> list[KeyLine]:
    """Add a key: links made from now on use it, and those made before stay good."""
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        ring = open_ring(ledger)
        ring.rotate()
        open_ring(ledger)  # the ledger takes note of it
        with ledger.write() as connection:
            words = f"key {ring.current.id}, by {who()}"
            add_entry(connection, mailing_id=None, act="rotated", words=words, now=dt.datetime.now(dt.UTC))
        return _lines(ledger)


def _lines(ledger: Ledger) -> list[KeyLine]:
    dates = key_dates(ledger.state / KEYS_NAME)
    return [KeyLine(id=key_id, made_at=made_at, current=key_id == dates[-1][0]) for key_id, made_at in dates]
