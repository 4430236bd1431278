"""Driving one lane to its end, whatever becomes of it: the work that every engine gives to its threads."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from threading import Event

from trax_mailer.delivery import LaneLost, find_mailing, open_transport, run_lane
from trax_mailer.errors import Conflict, TraxError
from trax_mailer.model.mailing import MailingState
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.tokens import KeyRing
from trax_mailer.workflows.engines.at_hand import MailingsAtHand
from trax_mailer.workflows.engines.rounds import LaneJob, Rounds
from trax_mailer.workflows.engines.telling import Teller, in_one_line
from trax_mailer.workflows.engines.usable import Usable
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.refused_at_handover import follow_refusals

_log = logging.getLogger(__name__)
_LONGEST_WAIT = 60.0


def wait_after(tries: int) -> float:
    """Seconds to leave a lane alone that ended `tries` times in a row with an error."""
    return float(min(_LONGEST_WAIT, 2.0 ** min(tries, 6)))


class LaneWork:
    """The work of a sender on one ledger, and its `rounds`. Used by several threads at once.

    `now` is the clock of its rounds.
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
        self.rounds = Rounds(ledger, late=dt.timedelta(minutes=settings.late_minutes), teller=teller, now=now)
        self.usable = Usable(settings)
        self._settings = settings
        self.ring = ring
        self._followed: dict[tuple[int, int], dt.datetime] = {}
        self._at_hand = MailingsAtHand(ledger, teller=teller)

    def can_drive(self, job: LaneJob) -> bool:
        """Whether this process can hand over through the lane's transport; tells the reason where not."""
        words = self.usable.obstacle(job.transport)
        if words:
            self.teller.failure(
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
                self._at_hand.begin(mailing_id)

        about = ("lane", mailing_id, lane)
        try:
            self._run(mailing_id, lane, begin=begin, stop=stop)
            if began.is_set():
                self._follow_refusals(mailing_id, lane)
        except LaneLost as lost:
            self.teller.say(f"Mailing {mailing_id}, lane {lane}: {lost.message} It is taken up again.")
            return True
        except Conflict:
            return True
        except TraxError as error:
            if not self._is_sending(mailing_id):
                return True  # It was paused or cancelled meanwhile: its own words say why.
            words = f"Mailing {mailing_id}, lane {lane}: {in_one_line(error)} Trying again later."
            self.teller.failure(about, words)
            return False
        except Exception:  # noqa: BLE001 - logged whole; the other lanes must go on
            self.teller.count_failure()
            _log.exception("Lane %d of mailing %d ended with an error nobody foresaw", lane, mailing_id)
            return False
        finally:
            if began.is_set():
                self._at_hand.end(mailing_id, stopped=stop.is_set())
        self.teller.over(about)
        return True

    def _run(self, mailing_id: int, lane: int, *, begin: Callable[[int], None], stop: Event) -> None:
        mailing = find_mailing(self.ledger, mailing_id)
        if mailing is None:
            return
        with (
            open_transport(self._settings, mailing.transport) as transport,
            self._at_hand.course_of(mailing_id) as course,
        ):
            run_lane(
                self.ledger,
                mailing_id,
                lane=lane,
                transport=transport,
                ring=self.ring,
                progress=begin,
                stop=stop,
                course=course,
                say=lambda words: self.teller.trouble("ledger", words),
            )

    def _follow_refusals(self, mailing_id: int, lane: int) -> None:
        """What follows for the readers of the lane whom a server refused since this process looked last."""
        now = ledger_now(self.ledger)
        since = self._followed.get((mailing_id, lane))
        follow_refusals(self.ledger, mailing_id, rule=self._settings.bounces.rule, lane=lane, since=since)
        self._followed[mailing_id, lane] = now

    def _is_sending(self, mailing_id: int) -> bool:
        try:
            mailing = find_mailing(self.ledger, mailing_id)
        except TraxError:
            return True  # The ledger itself is in trouble, so nothing is known.
        return mailing is not None and mailing.state is MailingState.SENDING
