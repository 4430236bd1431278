"""The embedded engine: lanes in threads of this process. Needs nothing but the ledger."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from trax_mailer.errors import TraxError
from trax_mailer.workflows.engines.lane_work import LaneWork, wait_after
from trax_mailer.workflows.engines.presence import Presence
from trax_mailer.workflows.engines.rounds import LaneJob
from trax_mailer.workflows.engines.telling import in_one_line

ROUND_SECONDS = 1.0
_log = logging.getLogger(__name__)


class EmbeddedEngine:
    """Starts what is due and drives up to `lanes` lanes at once, about once a second looking for more."""

    def __init__(self, work: LaneWork, *, lanes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._work = work
        self._lanes = lanes
        self._clock = clock
        self._running: dict[tuple[int, int], Future[bool]] = {}
        self._tries: dict[tuple[int, int], int] = {}
        self._rest_until: dict[tuple[int, int], float] = {}

    def run(self, stop: Event, *, once: bool = False) -> None:
        """Until `stop` is set; the calls under way are waited for. With `once`, until nothing is due.

        Raises Refused where this machine cannot send at all, BadState where the ledger cannot be used from
        the start; later trouble is told and waited out, unless with `once`.
        """
        failures = 0
        with (
            Presence(self._work.ledger) as presence,
            ThreadPoolExecutor(self._lanes, thread_name_prefix="lane") as threads,
        ):
            presence.keep()
            while not stop.is_set():
                try:
                    presence.keep()
                    self._work.rounds.start_due()
                    self._work.rounds.end_finished()
                    idle = self._take_lanes(threads, stop)
                except Exception as error:
                    if once:
                        raise
                    failures += 1
                    self._tell(error)
                    stop.wait(wait_after(failures))
                    continue
                if failures:
                    failures = 0
                    self._work.teller.over("ledger", "The ledger can be used again.")
                if once and idle:
                    return
                stop.wait(0.05 if once else ROUND_SECONDS)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, TraxError):
            self._work.teller.trouble("ledger", in_one_line(error))
        else:
            _log.error("Looking for work ended with an error nobody foresaw", exc_info=error)

    def _take_lanes(self, threads: ThreadPoolExecutor, stop: Event) -> bool:
        """Take lanes into free threads. Whether nothing runs and nothing can be taken."""
        self._gather()
        free = self._lanes - len(self._running)
        for job in self._work.rounds.find_lanes():
            if free == 0:
                break
            if self._may_take(job) and self._work.can_drive(job):
                self._running[job.mailing_id, job.lane] = threads.submit(
                    self._work.drive, job.mailing_id, job.lane, stop=stop
                )
                free -= 1
        return not self._running

    def _may_take(self, job: LaneJob) -> bool:
        key = (job.mailing_id, job.lane)
        return key not in self._running and self._rest_until.get(key, 0.0) <= self._clock()

    def _gather(self) -> None:
        """Note how ended lanes ended: one that failed rests, each time for longer."""
        for key in [key for key, future in self._running.items() if future.done()]:
            if self._running.pop(key).result():
                self._tries.pop(key, None)
                self._rest_until.pop(key, None)
            else:
                self._tries[key] = self._tries.get(key, 0) + 1
                self._rest_until[key] = self._clock() + wait_after(self._tries[key])
