"""Tracking beside a server: visits written as they come, links kept fresh, old pseudonyms deleted."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from threading import Event, Lock
from types import TracebackType
from typing import Self

from trax_mailer.storage import Ledger
from trax_mailer.storage.counters import forget
from trax_mailer.storage.visit_journal import VisitJournal
from trax_mailer.workflows.beside import Beside, Round
from trax_mailer.workflows.engines.telling import Teller
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
        self._writing = _round("visits", self._write, every=WRITES_EVERY)
        self._safe = _round("visits journal", self._save, every=SAVES_EVERY)
        self._looking = _round("links", self._look, every=LOOKS_EVERY)
        rounds = (
            self._writing,
            self._safe,
            self._looking,
            _round("consent", self._forget, every=CONSENT_EVERY),
            _round("verdicts", self._judge, every=VERDICTS_EVERY),
            _round("visits of old", self._chores, every=CHORES_EVERY),
        )
        self._rounds = Beside(rounds, teller=self._teller)

    def __enter__(self) -> Self:
        self._looking.once(self._stop, self._teller)
        self._rounds.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._rounds.stop()
        self.hurry()
        self._rounds.end()
        if self._writing.once(self._stop, self._teller) and not len(self.arrivals):
            _round("visits", self._leave, every=0).once(self._stop, self._teller)
        elif not self._safe.once(self._stop, self._teller):
            self._teller.say(f"{len(self.arrivals):,} visits could be written nowhere, and are lost.")
        self._journal.close()

    def hurry(self) -> None:
        """The server is about to end: what waits goes into the journal at once, whatever happens then."""
        self._hurries.set()
        self._safe.once(self._stop, self._teller)

    def _write(self, _stop: Event) -> None:
        while True:
            arrivals, dropped = self.arrivals.take(AT_ONCE)
            self._writer.write(arrivals, dropped=dropped)
            self.arrivals.done()
            if arrivals:
                self._written = arrivals[-1].number
            if len(arrivals) < AT_ONCE:
                return

    def _save(self, _stop: Event) -> None:
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

    def _leave(self, _stop: Event) -> None:
        """Nothing is left to be written by anybody."""
        with self._ledger.write(alone=False) as connection:
            forget(connection, self._writer.counter)
        self._journal.remove()

    def _look(self, _stop: Event) -> None:
        self.targets.refresh()

    def _forget(self, _stop: Event) -> None:
        self._consents.look()

    def _judge(self, stop: Event) -> None:
        judge_new(self._ledger, now=dt.datetime.now(dt.UTC), stop=stop)

    def _chores(self, stop: Event) -> None:
        take_in_journals(self._ledger, self.targets)
        self._judge(stop)
        now = dt.datetime.now(dt.UTC)
        fold_old_visits(self._ledger, days=self._days, now=now, stop=stop)
        forget_old_events(self._ledger, days=self._event_days, now=now, stop=stop)


def _round(about: str, step: Callable[[Event], None], *, every: float) -> Round:
    return Round(
        about=about,
        step=step,
        every=every,
        trouble=f"{about}: ",
        over=f"{about}: all is well again.",
    )


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
