"""A trace that a sender is at work: a place held by each, gone with its holder, however it ends.

The places are lanes of mailing 0, which is no mailing: the same locks as those of real lanes, on both
databases. A sender here is an engine; a `trax send` in the foreground drives its own mailing only.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from trax_mailer.errors import Conflict
from trax_mailer.storage import LaneLock, Ledger, open_ledger
from trax_mailer.workflows.wiring import Workspace

NO_MAILING = 0
PLACES = 32
"""So many senders are counted; any further one works without being seen here."""


class Presence:
    """The place of one sender among those at work."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held = ExitStack()
        self._lock: LaneLock | None = None
        self._turn = threading.Lock()
        self._crowded = False

    def keep(self) -> None:
        """Take a place, or take one again where it was lost with the connection to the database."""
        with self._turn:
            if self._crowded or (self._lock is not None and self._lock.holds()):
                return
            self._give_up()
            for place in range(PLACES):
                with suppress(Conflict):
                    self._lock = self._held.enter_context(self._ledger.lane_lock(NO_MAILING, lane=place))
                    return
            self._crowded = True

    def _give_up(self) -> None:
        self._lock = None
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._give_up()


def senders_at_work(workspace: Workspace) -> int:
    """How many engines run now on the workspace's ledger: in `trax serve` or `trax worker`, on any host.

    Opens the ledger. Raises BadState where it cannot be used.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        return count_senders(ledger)


def count_senders(ledger: Ledger) -> int:
    """The same of a ledger that is open."""
    return sum(ledger.lane_is_held(NO_MAILING, lane=place) for place in range(PLACES))
