"""The crew of a mailing: a thread for each of its lanes, in the foreground of one process."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock

from trax_mailer.delivery.control import begin
from trax_mailer.delivery.course import Course
from trax_mailer.delivery.lane import LaneLost, run_lane
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.plan import load_made
from trax_mailer.delivery.transports.base import Transport
from trax_mailer.errors import Conflict
from trax_mailer.model.mailing import Mailing, MailingState
from trax_mailer.storage import Ledger
from trax_mailer.storage.lanes import open_in_lane
from trax_mailer.storage.mailing_states import state_of
from trax_mailer.storage.proofs import count_proof
from trax_mailer.tokens import KeyRing

_LOOK_SECONDS = 0.5


def run_mailing(  # noqa: PLR0913 - its parts are passed in
    ledger: Ledger,
    mailing_id: int,
    *,
    open_transport: Callable[[str], Transport],
    ring: KeyRing,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    say: Callable[[str], None] = lambda _words: None,
    stop: Event | None = None,
    now: Callable[[], dt.datetime] | None = None,
    patience: Patience | None = None,
) -> None:
    """Start or continue the mailing, until it is done, paused or cancelled, or `stop` is set.

    Lanes that other processes hold are left to them and watched. `progress` takes how many readers are
    settled and how many there are; `say` takes a line for the person who waits. What became of it is in the
    ledger. Raises what the first failing lane raised, once all have ended.
    """
    mailing = begin(ledger, mailing_id, now=now() if now else dt.datetime.now(dt.UTC))
    if mailing.state is not MailingState.SENDING:
        return
    crew = _Crew(
        ledger=ledger,
        mailing=mailing,
        open_transport=open_transport,
        ring=ring,
        say=say,
        stop=stop or Event(),
        now=now,
        course=Course(patience or Patience()),
    )
    crew.work(progress)


@dataclass(kw_only=True)
class _Crew:
    ledger: Ledger
    mailing: Mailing
    open_transport: Callable[[str], Transport]
    ring: KeyRing
    say: Callable[[str], None]
    stop: Event
    now: Callable[[], dt.datetime] | None
    course: Course
    settled: int = 0
    error: BaseException | None = None
    said: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def work(self, progress: Callable[[int, int], None]) -> None:
        """Run every lane to its end."""
        with self.ledger.read() as connection:
            proof = count_proof(connection, self.mailing.id)
        done, total = proof.audience - proof.waiting, proof.audience
        progress(done, total)
        lanes = range(self.mailing.lanes)
        threads = [threading.Thread(target=self._lane, args=(lane,), name=f"lane-{lane}") for lane in lanes]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                for thread in threads:
                    thread.join(_LOOK_SECONDS / len(threads))
                progress(done + self.settled, total)
        finally:
            # Whatever interrupts the waiting must not leave a thread that goes on sending.
            self.stop.set()
            for thread in threads:
                thread.join()
        if self.error is not None:
            raise self.error

    def _lane(self, lane: int) -> None:
        try:
            while not self._lane_once(lane):
                pass
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits
            with self.lock:
                self.error = self.error or error
            self.stop.set()

    def _lane_once(self, lane: int) -> bool:
        """Work the lane off once. False where it has to be tried again."""
        try:
            with self.open_transport(self._transport()) as transport:
                run_lane(
                    self.ledger,
                    self.mailing.id,
                    lane=lane,
                    transport=transport,
                    ring=self.ring,
                    progress=self._count,
                    stop=self.stop,
                    now=self.now,
                    course=self.course,
                    say=self._say_once,
                )
        except LaneLost as lost:
            self.say(f"{lost.message} Taking it up again.")
            time.sleep(_LOOK_SECONDS)
            return self.stop.is_set()
        except Conflict:
            # Held by another process, which sends it: wait for it, and take over should it end early.
            self.stop.wait(_LOOK_SECONDS)
        return self.stop.is_set() or not self._has_work(lane)

    def _say_once(self, words: str) -> None:
        """What every lane meets is told by the first."""
        with self.lock:
            if words in self.said:
                return
            self.said.add(words)
        self.say(words)

    def _transport(self) -> str:
        """What the mailing goes through: a person may have changed it meanwhile."""
        with self.ledger.read() as connection:
            return load_made(connection, self.mailing.id).transport

    def _has_work(self, lane: int) -> bool:
        with self.ledger.read() as connection:
            if state_of(connection, self.mailing.id) is not MailingState.SENDING:
                return False
            return open_in_lane(connection, self.mailing.id, lane=lane)

    def _count(self, settled: int) -> None:
        with self.lock:
            self.settled += settled
