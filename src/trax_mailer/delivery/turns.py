"""The turns of a lane: write the last answer down, claim what is next, call; and again.

Every call is preceded by a committed claim and followed by a committed answer; no transaction is open
while the other side is being called. An answer that was not seen is never guessed and never resent.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TypeVar

from sqlalchemy import Connection

from trax_mailer.delivery import claiming
from trax_mailer.delivery.claiming import Claim
from trax_mailer.delivery.course import Course
from trax_mailer.delivery.pacing import Pacing
from trax_mailer.delivery.recipients import Recipients
from trax_mailer.delivery.recording import record
from trax_mailer.delivery.settlement import Settlement, settle_answer
from trax_mailer.delivery.transports.base import Answer, Transport, Verdict
from trax_mailer.errors import BadState, Conflict, TraxError
from trax_mailer.model.mailing import Handover, Mailing, MailingState
from trax_mailer.storage import LaneLock, Ledger, batches, deliveries, mailings, windows
from trax_mailer.storage.journal import add_entry
from trax_mailer.tokens import KeyRing

_Result = TypeVar("_Result")

_LONGEST_NAP = 1.0
_LONGEST_OUTAGE = 300.0
_LONGEST_PAUSE = 15.0


class LaneLost(TraxError):
    """The lock of the lane is gone, with the connection that held it: another process may have it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """A call that has come back and is not written down yet. `pause` says why the mailing must pause."""

    claimed: Claim
    recipients: Recipients
    answer: Answer
    settlement: Settlement
    pause: str


@dataclass(kw_only=True)
class Turns:
    """The turns of one lane, whose lock the caller holds."""

    ledger: Ledger
    mailing: Mailing
    lane: int
    list_id: int
    transport: Transport
    ring: KeyRing
    now: Callable[[], dt.datetime] | None
    course: Course
    pacing: Pacing
    say: Callable[[str], None]
    unsure: bool = False
    """Whether a commit failed that may have claimed something after all."""

    def run(self, lock: LaneLock, *, progress: Callable[[int], None], stop: Event) -> None:
        """Claim, call and record until nothing is left to claim."""
        answered: _Answered | None = None
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

    def _turn(self, answered: _Answered | None, lock: LaneLock, stop: Event) -> Claim | float | None:
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
            state, through = mailings.hold_course(connection, self.mailing.id, to_change=pauses)
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
        batch_id = batches.peek(connection, self.mailing.id, lane=self.lane, now=now)
        if batch_id is None:
            due = batches.next_due(connection, self.mailing.id, lane=self.lane)
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

    def _call(self, claimed: Claim) -> _Answered:
        """Hand the claim over. Where it is interrupted, nobody can say what was sent, and it is said so."""
        load = partial(self._patiently, partial(self._load, claimed))
        recipients = Recipients(load, claimed, self.mailing, ring=self.ring)
        try:
            answer = self.transport.send(recipients, batch=claimed.batch_id)
        except BaseException as error:
            words = f"interrupted before the answer was seen ({type(error).__name__})"
            unseen = self._answered(claimed, recipients, Answer(verdict=Verdict.UNCERTAIN, reason=words))
            self._patiently(lambda: self._write_down(unseen))
            raise
        return self._answered(claimed, recipients, answer)

    def _load(self, claimed: Claim) -> tuple[windows.Called, ...]:
        with self.ledger.read() as connection:
            rows = windows.in_call(connection, claimed.window)
        return tuple(rows)

    def _answered(self, claimed: Claim, recipients: Recipients, answer: Answer) -> _Answered:
        pause = self.course.note(answer, recipients)
        tries = (
            {
                recipient.delivery: called.tries
                for recipient, called in zip(recipients, recipients.called, strict=True)
            }
            if answer.per_recipient
            else {}
        )
        return _Answered(
            claimed=claimed,
            recipients=recipients,
            answer=answer,
            settlement=settle_answer(answer, recipients, tries=tries, course=self.course),
            pause=pause,
        )

    def _write_down(self, answered: _Answered | None) -> None:
        if answered is not None:
            with self.ledger.write(alone=False) as connection:
                mailings.state_of(connection, self.mailing.id, hold=True, to_change=bool(answered.pause))
                self._record(connection, answered, now=self._moment(connection))

    def _record(self, connection: Connection, answered: _Answered, *, now: dt.datetime) -> None:
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
        """Do it again where the ledger is busy, full or away for a while: no answer must be lost by that."""
        give_up = time.monotonic() + _LONGEST_OUTAGE
        pause = 0.5
        while True:
            try:
                return work()
            except (BadState, Conflict) as error:
                self.unsure = True
                if time.monotonic() > give_up:
                    raise
                if isinstance(error, BadState):
                    self.say(
                        f"{error.message} {error.advice} Waiting for it; what was sent is not forgotten."
                    )
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _moment(self, connection: Connection) -> dt.datetime:
        return self.now() if self.now else self.ledger.clock(connection)


def pause_by_itself(connection: Connection, mailing_id: int, *, reason: str, now: dt.datetime) -> None:
    """Pause a sending mailing for a reason that no person gave, and say so in the journal."""
    if mailings.pause_mailing(connection, mailing_id, reason=reason):
        add_entry(connection, mailing_id=mailing_id, act="paused", words=reason, now=now)
