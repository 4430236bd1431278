"""Tracking beside a server: visits written as they come, links kept fresh, old pseudonyms deleted."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from threading import Event, Lock
from types import TracebackType
from typing import Self

from trax_mailer.errors import TraxError
from trax_mailer.storage import Ledger
from trax_mailer.storage.counters import forget
from trax_mailer.storage.visit_journal import VisitJournal
from trax_mailer.workflows.engines.telling import Teller, in_one_line
from trax_mailer.workflows.tracking.arrivals import Arrival, Arrivals
from trax_mailer.workflows.tracking.chores import ConsentWatch, fold_old_visits, forget_old_events
from trax_mailer.workflows.tracking.judging import judge_new
from trax_mailer.workflows.tracking.targets import Targets
from trax_mailer.workflows.tracking.writing import VisitWriter

AT_ONCE = 20_000
WRITES_EVERY, SAVES_EVERY, LOOKS_EVERY = 0.25, 0.25, 0.5
CONSENT_EVERY, VERDICTS_EVERY, CHORES_EVERY = 5.0, 60.0, 600.0
"""Seconds between two rounds. Within one second, a visit is in the ledger or in the journal."""
SAVED_AFTER = 0.4
"""Seconds after which what the ledger has not taken goes into the journal."""

_log = logging.getLogger(__name__)


class TrackingBeside:
    """Runs from the beginning to the end of its block, which waits until everything is written.

    `arrivals` takes visits in; `targets` knows where links lead. `say` prints a line of trouble.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        days: int,
        event_days: int = 30,
        say: Callable[[str], None],
        arrivals: Arrivals | None = None,
    ) -> None:
        self._ledger = ledger
        self._days, self._event_days = days, event_days
        self._teller = Teller(say)
        self._stop, self._hurries = Event(), Event()
        self.arrivals = arrivals or Arrivals()
        self.targets = Targets(ledger)
        self._journal = VisitJournal.make(ledger.state)
        self._writer = VisitWriter(ledger, self.targets, journal=self._journal.name)
        self._written = self._saved = 0
        self._filled = False
        self._saving = Lock()
        self._consents = ConsentWatch(ledger)
        rounds = (
            ("visits", self._write, WRITES_EVERY),
            ("visits journal", self._save, SAVES_EVERY),
            ("links", self.targets.refresh, LOOKS_EVERY),
            ("consent", self._forget, CONSENT_EVERY),
            ("verdicts", self._judge, VERDICTS_EVERY),
            ("visits of old", self._chores, CHORES_EVERY),
        )
        self._threads = [
            threading.Thread(target=self._repeat, args=each, name=f"tracking: {each[0]}") for each in rounds
        ]

    def __enter__(self) -> Self:
        self._once("links", self.targets.refresh)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self.hurry()
        for thread in self._threads:
            thread.join()
        if self._once("visits", self._write) and not len(self.arrivals):
            self._once("visits", self._leave)
        elif not self._once("visits journal", self._save):
            self._teller.say(f"{len(self.arrivals):,} visits could be written nowhere, and are lost.")
        self._journal.close()

    def hurry(self) -> None:
        """The server is about to end: what waits goes into the journal at once, whatever happens then."""
        self._hurries.set()
        self._once("visits journal", self._save)

    def _repeat(self, about: str, step: Callable[[], None], every: float) -> None:
        while True:
            self._once(about, step)
            if self._stop.wait(every):
                return

    def _once(self, about: str, step: Callable[[], None]) -> bool:
        """Do the step; its trouble is told, and met again in the next round. Whether it was done."""
        try:
            step()
        except TraxError as error:
            self._teller.trouble(about, f"{about}: {in_one_line(error)}")
        except OSError as error:
            self._teller.trouble(about, f"{about}: the journal cannot be written: {error.strerror}.")
        except Exception:  # noqa: BLE001 - logged whole; readers must be passed on
            _log.exception("A round of tracking ended with an error nobody foresaw")
        else:
            self._teller.over(about, f"{about}: all is well again.")
            return True
        return False

    def _write(self) -> None:
        while True:
            arrivals, dropped = self.arrivals.take(AT_ONCE)
            self._writer.write(arrivals, dropped=dropped)
            self.arrivals.done()
            if arrivals:
                self._written = arrivals[-1].number
            if len(arrivals) < AT_ONCE:
                return

    def _save(self) -> None:
        """Write what the ledger has not taken by now into the journal; empty it once the ledger has all."""
        before = time.time() - (0.0 if self._hurries.is_set() else SAVED_AFTER)
        with self._saving:
            waiting = self.arrivals.unwritten(after=self._saved, before=before)
            if waiting:
                self._journal.add([one.to_data() for one in waiting])
                self._saved, self._filled = waiting[-1].number, True
            elif self._filled and self._saved <= self._written:
                self._journal.clear()
                self._filled = False

    def _leave(self) -> None:
        """Nothing is left to be written by anybody."""
        with self._ledger.write(alone=False) as connection:
            forget(connection, self._writer.counter)
        self._journal.remove()

    def _forget(self) -> None:
        self._consents.look()

    def _judge(self) -> None:
        judge_new(self._ledger, now=dt.datetime.now(dt.UTC), stop=self._stop)

    def _chores(self) -> None:
        take_in_journals(self._ledger, self.targets)
        self._judge()
        now = dt.datetime.now(dt.UTC)
        fold_old_visits(self._ledger, days=self._days, now=now, stop=self._stop)
        forget_old_events(self._ledger, days=self._event_days, now=now, stop=self._stop)


def take_in_journals(ledger: Ledger, targets: Targets) -> int:
    """Write down what processes that were killed left in their journals. Returns how many visits."""
    taken = 0
    for journal in VisitJournal.left(ledger.state):
        arrivals = [Arrival.from_data(entry) for entry in journal.entries()]
        writer = VisitWriter(ledger, targets, journal=journal.name)
        for start in range(0, len(arrivals), AT_ONCE):
            writer.write(arrivals[start : start + AT_ONCE])
        with ledger.write(alone=False) as connection:
            forget(connection, writer.counter)
        journal.remove()
        taken += len(arrivals)
    return taken
