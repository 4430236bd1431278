"""Looking into the mailbox of bounces every few minutes, beside whatever else this process does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from threading import Event
from types import TracebackType
from typing import Self

from trax_mailer.errors import TraxError
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.workflows.bounces import Found, read_imap
from trax_mailer.workflows.engines.telling import Teller, in_one_line

_log = logging.getLogger(__name__)


class BouncesBeside:
    """Reads in a thread, from `start` to the end of the block; does nothing where no mailbox is named.

    Several processes may do so at once: what one has kept says nothing new to another.
    """

    def __init__(self, settings: Settings, ledger: Ledger, *, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._ledger = ledger
        self._teller = Teller(say)
        self._stop = Event()
        self._thread = threading.Thread(target=self._read, name="bounces")

    def start(self) -> None:
        """Begin, and say so."""
        bounces = self._settings.bounces
        if bounces.host:
            self._teller.say(
                f"Bounces are read from {bounces.host}, minutes between: {bounces.every_minutes}."
            )
            self._thread.start()

    def stop(self) -> None:
        """Read no further message."""
        self._stop.set()

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                found = read_imap(self._settings, self._ledger, stop=self._stop.is_set)
                self._teller.over("bounces", "The mailbox of bounces can be read again.")
                if words := in_short(found):
                    self._teller.say(words)
            except TraxError as error:
                self._teller.trouble("bounces", in_one_line(error))
            except Exception:  # noqa: BLE001 - logged whole; the mailbox is looked at again
                _log.exception("Reading bounces ended with an error nobody foresaw")
            self._stop.wait(self._settings.bounces.every_minutes * 60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()  # The message that is being read is waited for.


def in_short(found: Found) -> str:
    """One line on what was new, or nothing where nothing was."""
    if not found.new and not found.consequences and not found.left:
        return ""
    moved = len(found.consequences) + len(found.left)
    return f"Bounces: new reports: {found.new:,}; readers not mailed any more: {moved:,}."
