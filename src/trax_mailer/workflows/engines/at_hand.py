"""The mailings that a process has lanes of: what their lanes share, and what is said of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from trax_mailer.delivery import Course, Patience, find_mailing, proof
from trax_mailer.errors import TraxError
from trax_mailer.model.mailing import MailingState
from trax_mailer.storage import Ledger
from trax_mailer.workflows.engines.telling import Teller, beginning, ending, in_one_line


class MailingsAtHand:
    """Counts the lanes of each mailing. Used by several threads at once."""

    def __init__(self, ledger: Ledger, *, teller: Teller) -> None:
        self._ledger = ledger
        self._teller = teller
        self._lock = threading.Lock()
        self._courses: dict[int, Course] = {}
        self._driven: Counter[int] = Counter()
        self._held: Counter[int] = Counter()
        self._begun: set[int] = set()

    @contextmanager
    def course_of(self, mailing_id: int) -> Iterator[Course]:
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

    def begin(self, mailing_id: int) -> None:
        """A lane is held here from now on; says so where it is the first of its mailing."""
        with self._lock:
            self._held[mailing_id] += 1
            if mailing_id in self._begun:
                return
            self._begun.add(mailing_id)
        if mailing := find_mailing(self._ledger, mailing_id):
            self._teller.say(beginning(mailing))

    def end(self, mailing_id: int, *, stopped: bool) -> None:
        """A lane is let go of; tells what became of the mailing where it was the last and there is news."""
        with self._lock:
            self._held[mailing_id] -= 1
            if self._held[mailing_id]:
                return
        try:
            mailing = find_mailing(self._ledger, mailing_id)
            if mailing is None or (mailing.state is MailingState.SENDING and not stopped):
                return  # Others are at it, or what is left waits for its time.
            with self._lock:
                self._begun.discard(mailing_id)
            self._teller.say(ending(mailing, proof(self._ledger, mailing_id)))
        except TraxError as error:
            self._teller.failure(("account", mailing_id), f"Mailing {mailing_id}: {in_one_line(error)}")
