"""A thread that sends notices beside the pages or a worker, as the only one over all hosts."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from types import TracebackType
from typing import Self

from trax_mailer.delivery import Verdict
from trax_mailer.errors import Conflict, TraxError
from trax_mailer.storage import LaneLock
from trax_mailer.workflows.engines.presence import NO_MAILING
from trax_mailer.workflows.engines.telling import Teller, in_one_line
from trax_mailer.workflows.engines.usable import Usable
from trax_mailer.workflows.notices import NoticeDesk
from trax_mailer.workflows.public import PublicLedger

NOTICE_LANE = 1000
"""The lane of no mailing that whoever sends notices holds; far from the places of senders."""

ROUND_SECONDS = 1.0
_TURN_SECONDS = 5.0
_TIDY_SECONDS = 600.0
_log = logging.getLogger(__name__)


class NoticesBeside:
    """Sends notices from `start` to the end of the block, on a ledger that is open. `say` prints a line."""

    def __init__(self, public: PublicLedger, *, say: Callable[[str], None]) -> None:
        self._settings, self._ledger = public.settings, public.ledger
        self._desk = NoticeDesk(public.settings, public.ledger, public.ring, public.catalogues)
        self._teller = Teller(say)
        self._stop = Event()
        self._thread = threading.Thread(target=self._run, name="notices")

    def start(self) -> None:
        """Begin, or say why nothing can be sent from here."""
        if obstacle := self._obstacle():
            self._teller.say(f"Mails to confirm, and links to one's own data, wait: {obstacle}")
        else:
            self._thread.start()

    def send_waiting(self, stop: Event) -> None:
        """Send what waits now, in this thread, where anything can be sent and nobody else does it."""
        if self._obstacle():
            return
        with suppress(Conflict), self._ledger.lane_lock(NO_MAILING, lane=NOTICE_LANE) as lock:
            self._desk.begin()
            self._desk.tidy()
            while not stop.is_set() and self._desk.send_one(lock) is not None:
                pass

    def stop(self) -> None:
        """Begin no further call."""
        self._stop.set()

    def _obstacle(self) -> str:
        settings = self._settings
        if not settings.public_url:
            return "trax.yaml names no public_url, so no link could lead here."
        return Usable(settings).obstacle(settings.transport)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._ledger.lane_lock(NO_MAILING, lane=NOTICE_LANE) as lock:
                    self._desk.begin()
                    self._teller.over("notices")
                    self._hold(lock)
            except Conflict:
                pass  # Another process sends them.
            except TraxError as error:
                self._teller.trouble("notices", f"Notices wait: {in_one_line(error)}")
            except Exception:  # noqa: BLE001 - logged whole; the pages must go on
                _log.exception("Sending notices ended with an error nobody foresaw")
            self._stop.wait(_TURN_SECONDS)

    def _hold(self, lock: LaneLock) -> None:
        tidied = float("-inf")
        while not self._stop.is_set() and lock.holds():
            if time.monotonic() - tidied > _TIDY_SECONDS:
                self._desk.tidy()
                tidied = time.monotonic()
            verdict = self._desk.send_one(lock)
            if verdict is Verdict.STOPPED:
                words = "A mail to confirm could not be handed over; trying again. Look at trax.yaml."
                self._teller.trouble("stopped", words)
            if verdict is None:
                self._stop.wait(ROUND_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()  # A call under way is waited for.
