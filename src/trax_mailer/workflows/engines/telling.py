"""What an engine says while it runs: each thing once, and what goes on for long once a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

from trax_mailer.errors import TraxError
from trax_mailer.model.mailing import Mailing, MailingState, Proof

REPEATED_AFTER = 60.0
"""Seconds after which a trouble that lasts is told again."""


class Teller:
    """Says lines through `say`. Used by several threads at once.

    `failures` counts how often something was left undone.
    """

    def __init__(self, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._told: dict[Hashable, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self.failures = 0

    def say(self, words: str) -> None:
        """One line."""
        with self._lock:
            self._say(words)

    def trouble(self, about: Hashable, words: str) -> None:
        """Say it unless the same was said of `about` less than a minute ago."""
        now = self._clock()
        with self._lock:
            before, at = self._told.get(about, ("", 0.0))
            if before == words and now - at < REPEATED_AFTER:
                return
            self._told[about] = (words, now)
            self._say(words)

    def failure(self, about: Hashable, words: str) -> None:
        """Tell of a trouble that left something undone."""
        self.count_failure()
        self.trouble(about, words)

    def count_failure(self) -> None:
        """Something was left undone, and told elsewhere."""
        with self._lock:
            self.failures += 1

    def over(self, about: Hashable, words: str = "") -> None:
        """Forget the trouble; say `words` where there was one."""
        with self._lock:
            if self._told.pop(about, None) and words:
                self._say(words)


def in_one_line(error: TraxError) -> str:
    """What happened and what to do about it."""
    return f"{error.message} {error.advice}".strip()


def beginning(mailing: Mailing) -> str:
    """What is said when a process takes its first lane of a mailing."""
    return (
        f"Mailing {mailing.id}: handing over No {mailing.issue_number} to “{mailing.list_name}” "
        f"through {mailing.transport}."
    )


def ending(mailing: Mailing, proof: Proof) -> str:
    """What is said when a process has let go of its last lane of a mailing."""
    name = f"Mailing {mailing.id}"
    waiting = f", {proof.waiting:,} of {proof.audience:,} readers wait" if proof.audience else ""
    match mailing.state:
        case MailingState.DONE:
            return f"{name} is done: {proof.in_words}."
        case MailingState.PAUSED:
            return f"{name} is paused{waiting}. {mailing.reason} Go on with: trax resume {mailing.id}"
        case MailingState.CANCELLED:
            return f"{name} was cancelled: {proof.in_words}."
        case _:
            return f"{name}: this process has let go of it{waiting}."
