"""The turns of a lane: write the last answer down, claim what is next, call; and again.

Every call is preceded by a committed claim and followed by a committed answer; no transaction is open
while the other side is being called. An answer that was not seen is never guessed and never resent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TypeVar

from sqlalchemy import Connection

from trax_mailer.delivery import claiming
from trax_mailer.delivery.answers import Answered, interrupted, understand
from trax_mailer.delivery.claiming import Claim
from trax_mailer.delivery.control import pause_by_itself
from trax_mailer.delivery.course import Course
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.outages import outlast
from trax_mailer.delivery.pacing import Pacing
from trax_mailer.delivery.recipients import Recipients
from trax_mailer.delivery.recording import record
from trax_mailer.delivery.transports.base import Answer, Transport, Verdict
from trax_mailer.errors import ProviderError, TraxError
from trax_mailer.model.mailing import Handover, Mailing, MailingState
from trax_mailer.storage import LaneLock, Ledger, deliveries, lanes, mailing_states, windows
from trax_mailer.storage.visit_consents import consenting_between
from trax_mailer.tokens import KeyRing

_Result = TypeVar("_Result")

_LONGEST_NAP = 1.0


class LaneLost(TraxError):
    """The lock of the lane is gone, with the connection that held it: another process may have it now."""


@dataclass(kw_only=True)
class Turns:
    """The turns of one lane, whose lock the caller holds."""

    ledger: Ledger
    mailing: Mailing
    lane: int
    list_id: int
    transport: Transport
    letter_for: Callable[[str], Letter]
    ring: KeyRing
    now: Callable[[], dt.datetime] | None
    course: Course
    pacing: Pacing
    say: Callable[[str], None]
    unsure: bool = False
    """Whether a commit failed that may have claimed something after all."""
    opened: str = ""
    """The topics of the letter that the transport has open, as they are stored: at first, that of all."""

    def run(self, lock: LaneLock, *, progress: Callable[[int], None], stop: Event) -> None:
        """Claim, call and record until nothing is left to claim."""
        answered: Answered | None = None
        while True:
            last = answered
            turn = self._patiently(partial(self._turn, last, lock, stop))
            if last is not None:
                progress(last.settlement.settled)
            answered = None
            if turn is None:
                break
            if isinstance(turn, float):
                stop.wait(turn)
                continue
            progress(turn.skipped)
            if turn.going:
                answered = self._call(turn)
        self._patiently(self._finish)

    def _turn(self, answered: Answered | None, lock: LaneLock, stop: Event) -> Claim | float | None:
        """Write down the last answer and claim what is next, in one transaction.

        Returns the claim; or the seconds to wait for one; or None where the lane has come to its end.
        """
        if not lock.holds():
            self._write_down(answered)
            raise LaneLost(f"The connection that held lane {self.lane} of mailing {self.mailing.id} is gone.")
        with self.ledger.write(alone=False) as connection:
            now = self._moment(connection)
            # The mailing is locked first, here and everywhere: lanes must not block each other.
            pauses = answered is not None and bool(answered.pause)
            state, through = mailing_states.hold_course(connection, self.mailing.id, to_change=pauses)
            if answered is not None:
                self._record(connection, answered, now=now)
            if self.unsure:
                claiming.give_back(connection, self.mailing.id, lane=self.lane, lock=lock, now=now)
            ends = pauses or stop.is_set() or state is not MailingState.SENDING
            ends = ends or through != self.transport.name
            turn = None if ends else self._next(connection, now=now)
        self.unsure = False
        return turn

    def _next(self, connection: Connection, *, now: dt.datetime) -> Claim | float | None:
        batch_id = lanes.peek(connection, self.mailing.id, lane=self.lane, now=now)
        if batch_id is None:
            due = lanes.next_due(connection, self.mailing.id, lane=self.lane)
            # Short naps, so that a pause or a stop by another process is seen soon.
            return None if due is None else min(max((due - now).total_seconds(), 0.01), _LONGEST_NAP)
        at = now.timestamp()
        if wait := self.pacing.wait(connection, at=at):
            return min(wait, _LONGEST_NAP)
        claimed = claiming.claim(
            connection,
            self.mailing,
            batch_id,
            lane=self.lane,
            list_id=self.list_id,
            limit=self.pacing.limit,
            held_back=self.pacing.held_back(connection, at=at),
            now=now,
        )
        return claimed if claimed is not None else 0.01

    def _finish(self) -> None:
        """Where nobody waits any more, the mailing is done.

        In a transaction of its own: the last answers of two lanes, written at once, do not see each other.
        """
        with self.ledger.write(alone=False) as connection:
            claiming.end(connection, self.mailing.id, now=self._moment(connection))

    def _call(self, claimed: Claim) -> Answered:
        """Hand the claim over. Where it is interrupted, nobody can say what was sent, and it is said so."""
        load = partial(self._patiently, partial(self._load, claimed))
        consenting = partial(self._patiently, partial(self._consenting, claimed))
        recipients = Recipients(load, claimed, self.mailing, ring=self.ring, consenting=consenting)
        try:
            stopped = self._open_for(claimed)
            answer = stopped or self.transport.send(recipients, batch=claimed.batch_id)
        except BaseException as error:
            unseen = understand(interrupted(error), claimed, recipients, course=self.course)
            self._patiently(partial(self._write_down, unseen))
            raise
        return understand(answer, claimed, recipients, course=self.course)

    def _open_for(self, claimed: Claim) -> Answer | None:
        """Open the letter for the topics of the claim where another is open. An answer where it cannot be."""
        if claimed.topics != self.opened:
            try:
                self.transport.open(self.letter_for(claimed.topics))
            except ProviderError as error:
                return Answer(verdict=Verdict.STOPPED, reason=str(error))
            self.opened = claimed.topics
        return None

    def _load(self, claimed: Claim) -> tuple[windows.Called, ...]:
        with self.ledger.read() as connection:
            rows = windows.in_call(connection, claimed.window)
        return tuple(rows)

    def _consenting(self, claimed: Claim) -> frozenset[int]:
        window = claimed.window
        with self.ledger.read() as connection:
            return consenting_between(connection, claimed.list_id, first=window.first, last=window.last)

    def _write_down(self, answered: Answered | None) -> None:
        if answered is not None:
            with self.ledger.write(alone=False) as connection:
                mailing_states.hold_course(connection, self.mailing.id, to_change=bool(answered.pause))
                self._record(connection, answered, now=self._moment(connection))

    def _record(self, connection: Connection, answered: Answered, *, now: dt.datetime) -> None:
        answer = answered.answer
        record(
            connection,
            answered.claimed,
            answered.settlement,
            called=lambda: [one.subscriber_id for one in answered.recipients],
            reference=answer.provider_reference,
            now=now,
        )
        # Where nobody waits any more there is nothing to pause: the mailing is done.
        if answered.pause and deliveries.anybody_at(connection, self.mailing.id, Handover.QUEUED):
            pause_by_itself(connection, self.mailing.id, reason=answered.pause, now=now)
        self.pacing.note(connection, answer, answered.recipients, at=now.timestamp())

    def _patiently(self, work: Callable[[], _Result]) -> _Result:
        return outlast(work, say=self.say, failed=self._doubt)

    def _doubt(self) -> None:
        self.unsure = True

    def _moment(self, connection: Connection) -> dt.datetime:
        return self.now() if self.now else self.ledger.clock(connection)
