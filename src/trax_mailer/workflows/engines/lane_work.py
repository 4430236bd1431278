"""What every engine does: start what is due, find lanes with work, drive one lane to its end."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

from trax_mailer.delivery import (
    Course,
    LaneLost,
    Patience,
    due_mailings,
    end_finished,
    find_mailing,
    lanes_to_run,
    open_transport,
    proof,
    run_lane,
    start_scheduled,
)
from trax_mailer.errors import Conflict, TraxError
from trax_mailer.model.mailing import Mailing, MailingState
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.tokens import KeyRing
from trax_mailer.workflows.engines.telling import Teller, beginning, ending, in_one_line
from trax_mailer.workflows.engines.usable import Usable

_log = logging.getLogger(__name__)
_LONGEST_WAIT = 60.0
_ENDED = (MailingState.PAUSED, MailingState.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneJob:
    """A lane with work that nobody holds."""

    mailing_id: int
    lane: int
    transport: str


def wait_after(tries: int) -> float:
    """Seconds to leave a lane alone that ended `tries` times in a row with an error."""
    return float(min(_LONGEST_WAIT, 2.0 ** min(tries, 6)))


class LaneWork:
    """The work of a sender on one ledger. Used by several threads at once.

    `now` gives the moment by which schedules are judged; the ledger's own clock by default, which is the
    same for every host.
    """

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        ring: KeyRing,
        *,
        teller: Teller,
        now: Callable[[], dt.datetime] | None = None,
    ) -> None:
        self.ledger = ledger
        self.teller = teller
        self.troubles = 0
        self._settings = settings
        self._ring = ring
        self._given_now = now
        self._held: Counter[int] = Counter()
        self._begun: set[int] = set()
        self._courses: dict[int, Course] = {}
        self._driven: Counter[int] = Counter()
        self._lock = threading.Lock()
        self.usable = Usable(settings)

    def start_due(self) -> None:
        """Start the scheduled mailings whose time has come; one that is too late is paused and told."""
        now = self._now()
        late = dt.timedelta(minutes=self._settings.late_minutes)
        for mailing in due_mailings(self.ledger, now=now):
            about = ("schedule", mailing.id)
            try:
                started = start_scheduled(self.ledger, mailing.id, late=late, now=now)
            except TraxError as error:
                self._trouble(about, f"Mailing {mailing.id} cannot start: {in_one_line(error)}")
                continue
            self.teller.over(about)
            if started.state in _ENDED:
                self.teller.say(ending(started, proof(self.ledger, started.id)))
            elif started.started_at == now:
                self.teller.say(f"Mailing {started.id}: its time has come, it starts now.")

    def end_finished(self) -> None:
        """End the mailings that a killed sender left behind with nobody waiting, and tell their account."""
        for mailing in end_finished(self.ledger, now=self._now()):
            if mailing.state in _ENDED:
                self.teller.say(ending(mailing, proof(self.ledger, mailing.id)))

    def find_lanes(self) -> list[LaneJob]:
        """The lanes with work that nobody holds, whatever their transport."""
        found = []
        mailings: dict[int, Mailing | None] = {}
        for mailing_id, lane in lanes_to_run(self.ledger, now=self._now()):
            if mailing_id not in mailings:
                mailings[mailing_id] = find_mailing(self.ledger, mailing_id)
            if mailing := mailings[mailing_id]:
                found.append(LaneJob(mailing_id=mailing_id, lane=lane, transport=mailing.transport))
        return found

    def can_drive(self, job: LaneJob) -> bool:
        """Whether this process can hand over through the lane's transport; tells the reason where not."""
        words = self.usable.obstacle(job.transport)
        if words:
            self._trouble(
                ("transport", job.transport),
                f"Mailing {job.mailing_id} goes through {job.transport}. This process cannot use it: {words}",
            )
        return not words

    def drive(self, mailing_id: int, lane: int, *, stop: Event) -> bool:
        """Hand over what the lane holds, until nothing is left, the mailing pauses, or `stop` is set.

        False where it ended with an error, which was told: the lane is to be left alone for a while. A lane
        that another process holds is no error.
        """
        began = Event()

        def begin(_settled: int) -> None:
            if not began.is_set():
                began.set()
                self._begin(mailing_id)

        about = ("lane", mailing_id, lane)
        try:
            self._run(mailing_id, lane, begin=begin, stop=stop)
        except LaneLost as lost:
            self.teller.say(f"Mailing {mailing_id}, lane {lane}: {lost.message} It is taken up again.")
            return True
        except Conflict:
            return True
        except TraxError as error:
            if not self._is_sending(mailing_id):
                return True  # It was paused or cancelled meanwhile: its own words say why.
            self._trouble(
                about, f"Mailing {mailing_id}, lane {lane}: {in_one_line(error)} Trying again later."
            )
            return False
        except Exception:  # noqa: BLE001 - logged whole; the other lanes must go on
            self.troubles += 1
            _log.exception("Lane %d of mailing %d ended with an error nobody foresaw", lane, mailing_id)
            return False
        finally:
            if began.is_set():
                self._end(mailing_id, stopped=stop.is_set())
        self.teller.over(about)
        return True

    def _run(self, mailing_id: int, lane: int, *, begin: Callable[[int], None], stop: Event) -> None:
        mailing = find_mailing(self.ledger, mailing_id)
        if mailing is None:
            return
        with (
            open_transport(self._settings, mailing.transport) as transport,
            self._course_of(mailing_id) as course,
        ):
            run_lane(
                self.ledger,
                mailing_id,
                lane=lane,
                transport=transport,
                ring=self._ring,
                progress=begin,
                stop=stop,
                course=course,
                say=lambda words: self.teller.trouble("ledger", words),
            )

    @contextmanager
    def _course_of(self, mailing_id: int) -> Iterator[Course]:
        """One course for all lanes of the mailing here: together they see sooner that nothing gets through.

        It is forgotten once none of them is at work: a mailing that was resumed begins anew.
        """
        with self._lock:
            self._driven[mailing_id] += 1
            course = self._courses.setdefault(mailing_id, Course(Patience()))
        try:
            yield course
        finally:
            with self._lock:
                self._driven[mailing_id] -= 1
                if not self._driven[mailing_id]:
                    del self._driven[mailing_id], self._courses[mailing_id]

    def _begin(self, mailing_id: int) -> None:
        with self._lock:
            self._held[mailing_id] += 1
            if mailing_id in self._begun:
                return
            self._begun.add(mailing_id)
        if mailing := find_mailing(self.ledger, mailing_id):
            self.teller.say(beginning(mailing))

    def _end(self, mailing_id: int, *, stopped: bool) -> None:
        """Tell what became of the mailing, once no lane of it is left here and there is something to tell."""
        with self._lock:
            self._held[mailing_id] -= 1
            if self._held[mailing_id]:
                return
        try:
            mailing = find_mailing(self.ledger, mailing_id)
            if mailing is None or (mailing.state is MailingState.SENDING and not stopped):
                return  # Others are at it, or what is left waits for its time.
            with self._lock:
                self._begun.discard(mailing_id)
            self.teller.say(ending(mailing, proof(self.ledger, mailing_id)))
        except TraxError as error:
            self._trouble(("account", mailing_id), f"Mailing {mailing_id}: {in_one_line(error)}")

    def _is_sending(self, mailing_id: int) -> bool:
        try:
            mailing = find_mailing(self.ledger, mailing_id)
        except TraxError:
            return True  # The ledger itself is in trouble, so nothing is known.
        return mailing is not None and mailing.state is MailingState.SENDING

    def _trouble(self, about: tuple[str | int, ...], words: str) -> None:
        self.troubles += 1
        self.teller.trouble(about, words)

    def _now(self) -> dt.datetime:
        if self._given_now is not None:
            return self._given_now()
        with self.ledger.read() as connection:
            return self.ledger.clock(connection)
