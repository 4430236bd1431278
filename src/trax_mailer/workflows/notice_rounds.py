"""Sending notices beside the pages or a worker, as the only one over all hosts."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event

from trax_mailer.delivery import Verdict
from trax_mailer.errors import Conflict
from trax_mailer.storage import LaneLock
from trax_mailer.workflows.beside import Beside, Round
from trax_mailer.workflows.engines.presence import NO_MAILING
from trax_mailer.workflows.engines.telling import Teller
from trax_mailer.workflows.engines.usable import Usable
from trax_mailer.workflows.notices import NoticeDesk
from trax_mailer.workflows.public import PublicLedger

NOTICE_LANE = 1000
"""The lane of no mailing that whoever sends notices holds; far from the places of senders."""

ROUND_SECONDS = 1.0
_TURN_SECONDS = 5.0
_TIDY_SECONDS = 600.0


def notices_beside(public: PublicLedger, *, say: Callable[[str], None]) -> Beside:
    """Sends notices in a thread, or says why nothing can be sent from here. `say` prints a line."""
    teller = Teller(say)
    rounds = NoticeRounds(public, teller=teller)

    def able() -> bool:
        obstacle = rounds.obstacle()
        if obstacle:
            teller.say(f"Mails to confirm, and links to one's own data, wait: {obstacle}")
        return not obstacle

    turn = Round(about="notices", step=rounds.take_turn, every=_TURN_SECONDS, trouble="Notices wait: ")
    return Beside([turn], teller=teller, before=able)


class NoticeRounds:
    """Sends notices on a ledger that is open. For one thread."""

    def __init__(self, public: PublicLedger, *, teller: Teller) -> None:
        self._settings, self._ledger = public.settings, public.ledger
        self._desk = NoticeDesk(public.settings, public.ledger, public.ring, public.catalogues)
        self._teller = teller

    def send_waiting(self, stop: Event) -> None:
        """Send what waits now, where anything can be sent and nobody else does it."""
        if self.obstacle():
            return
        with suppress(Conflict), self._ledger.lane_lock(NO_MAILING, lane=NOTICE_LANE) as lock:
            self._desk.begin()
            self._desk.tidy()
            while not stop.is_set() and self._desk.send_one(lock) is not None:
                pass

    def take_turn(self, stop: Event) -> None:
        """Send what comes until `stop` is set, as the only one over all hosts; return if another does."""
        with suppress(Conflict), self._ledger.lane_lock(NO_MAILING, lane=NOTICE_LANE) as lock:
            self._desk.begin()
            self._teller.over("notices")
            self._hold(lock, stop)

    def obstacle(self) -> str:
        """Why nothing can be sent from here, or nothing."""
        settings = self._settings
        if not settings.public_url:
            return "trax.yaml names no public_url, so no link could lead here."
        return Usable(settings).obstacle(settings.transport)

    def _hold(self, lock: LaneLock, stop: Event) -> None:
        tidied = float("-inf")
        while not stop.is_set() and lock.holds():
            if time.monotonic() - tidied > _TIDY_SECONDS:
                self._desk.tidy()
                tidied = time.monotonic()
            verdict = self._desk.send_one(lock)
            if verdict is Verdict.STOPPED:
                words = "A mail to confirm could not be handed over; trying again. Look at trax.yaml."
                self._teller.trouble("stopped", words)
            if verdict is None:
                stop.wait(ROUND_SECONDS)
