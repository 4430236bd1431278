"""A lane: one line of batches, driven by one thread that holds the lane's lock.

Every call is preceded by a committed claim and followed by a committed answer; no transaction is open
while the other side is being called. An answer that was not seen is never guessed and never resent.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from threading import Event

from trax_mailer.delivery import claiming
from trax_mailer.delivery.account import count_proof
from trax_mailer.delivery.claiming import Claim
from trax_mailer.delivery.course import Course
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.lock import lane_lock
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.plan import LANE
from trax_mailer.delivery.settlement import Settlement, settle_answer
from trax_mailer.delivery.transports.base import Answer, Transport, Verdict
from trax_mailer.errors import BadState, Conflict, Refused
from trax_mailer.model.mailing import Mailing, MailingState
from trax_mailer.storage import Ledger, batches, mailings
from trax_mailer.storage.editions import load_edition
from trax_mailer.tokens import KeyRing

_LONGEST_NAP = 1.0
_RECORD_TRIES = 5


def utc_now() -> dt.datetime:
    """The present moment."""
    return dt.datetime.now(dt.UTC)


def run_lane(  # noqa: PLR0913 - its parts are passed in
    ledger: Ledger,
    mailing_id: int,
    *,
    transport: Transport,
    ring: KeyRing,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop: Event | None = None,
    now: Callable[[], dt.datetime] = utc_now,
    patience: Patience | None = None,
) -> None:
    """Start or continue the mailing, until nobody waits, it pauses, or `stop` is set.

    `progress` takes how many readers are settled, and how many there are. What became of it is in the
    ledger: a mailing that paused says why. Raises Conflict where another process is sending it, Refused
    where it is cancelled or belongs to another transport.
    """
    with lane_lock(ledger.state, mailing_id, lane=LANE):
        mailing = _start(ledger, mailing_id, transport=transport, now=now)
        if mailing is None:
            return
        lane = _Lane(ledger, mailing, transport=transport, ring=ring, now=now)
        lane.run(Course(patience or Patience()), progress=progress, stop=stop or Event())


def _start(
    ledger: Ledger, mailing_id: int, *, transport: Transport, now: Callable[[], dt.datetime]
) -> Mailing | None:
    """Open the letter and set the mailing to sending; None where it is done."""
    with ledger.write() as connection:
        claiming.take_over(connection, mailing_id, lane=LANE, now=now())
        mailing = mailings.load_mailing(connection, mailing_id)
        if mailing is None:
            raise Refused(f"There is no mailing {mailing_id}.", advice="See them all with: trax status")
        edition = load_edition(connection, mailing.edition_hash)
    if edition is None:
        raise BadState(f"The edition of mailing {mailing_id} is missing from the ledger.")
    if (mailing.transport, mailing.simulated) != (transport.name, transport.simulated):
        raise Refused(
            f"Mailing {mailing_id} goes through {mailing.transport}, not through {transport.name}.",
            advice=f"Set transport: {mailing.transport} in trax.yaml to continue it.",
        )
    if mailing.state is MailingState.DONE:
        return None
    transport.open(Letter(edition, mailing.envelope, mailing.edition_hash))
    with ledger.write() as connection:
        if not mailings.start_mailing(connection, mailing_id, now=now()):
            raise Refused(f"Mailing {mailing_id} was cancelled.", advice="A new one can be made.")
    return mailing


class _Lane:
    def __init__(
        self,
        ledger: Ledger,
        mailing: Mailing,
        *,
        transport: Transport,
        ring: KeyRing,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._ledger = ledger
        self._mailing = mailing
        self._transport = transport
        self._ring = ring
        self._now = now

    def run(self, course: Course, *, progress: Callable[[int, int], None], stop: Event) -> None:
        """Claim, call and record until nothing is left to claim."""
        with self._ledger.read() as connection:
            proof = count_proof(connection, self._mailing.id)
        done, audience = proof.audience - proof.waiting, proof.audience
        progress(done, audience)
        while not stop.is_set():
            batch_id, nap = self._peek()
            if batch_id is None:
                if nap is None:
                    break
                stop.wait(nap)
                continue
            claimed = self._claim(batch_id)
            if claimed is None:
                continue
            done += claimed.skipped
            if claimed.recipients:
                done += self._call(claimed, course)
            progress(done, audience)
        with self._ledger.write() as connection:
            claiming.end(connection, self._mailing.id, now=self._now())

    def _peek(self) -> tuple[int | None, float | None]:
        """A batch to claim; or the seconds to wait for one; or neither, when it is over or was paused."""
        now = self._now()
        with self._ledger.read() as connection:
            if mailings.state_of(connection, self._mailing.id) is not MailingState.SENDING:
                return None, None
            batch_id = batches.peek(connection, self._mailing.id, lane=LANE, now=now)
            if batch_id is not None:
                return batch_id, None
            due = batches.next_due(connection, self._mailing.id, lane=LANE)
        # Short naps, so that a pause or a stop by another process is seen soon.
        return None, None if due is None else min(max((due - now).total_seconds(), 0.01), _LONGEST_NAP)

    def _claim(self, batch_id: int) -> Claim | None:
        with self._ledger.write() as connection:
            return claiming.claim(
                connection,
                self._mailing,
                batch_id,
                ring=self._ring,
                window=self._transport.window,
                now=self._now(),
            )

    def _call(self, claimed: Claim, course: Course) -> int:
        """Hand the claim over and record the answer. Returns how many readers are settled by it."""
        try:
            answer = self._transport.send(claimed.recipients, batch=claimed.batch_id)
        except BaseException as error:
            # Truly in flight when it was interrupted: nobody can say what was sent.
            words = f"interrupted before the answer was seen ({type(error).__name__})"
            unseen = Answer(verdict=Verdict.UNCERTAIN, reason=words)
            self._record(claimed, unseen, settle_answer(unseen, claimed.recipients, course=course), "")
            raise
        pause = course.note(answer, claimed.recipients)
        settlement = settle_answer(answer, claimed.recipients, course=course)
        self._record(claimed, answer, settlement, pause)
        return len(settlement.final)

    def _record(self, claimed: Claim, answer: Answer, settlement: Settlement, pause: str) -> None:
        """Write the answer down; a ledger that is busy or full for a while must not lose it."""
        for tries_left in reversed(range(_RECORD_TRIES)):
            try:
                with self._ledger.write() as connection:
                    claiming.record(
                        connection,
                        claimed,
                        settlement,
                        reference=answer.provider_reference,
                        now=self._now(),
                    )
                    # Where nobody waits any more there is nothing to pause: the mailing is done.
                    if pause and count_proof(connection, self._mailing.id).waiting:
                        mailings.pause_mailing(connection, self._mailing.id, reason=pause)
            except (Conflict, BadState):
                if not tries_left:
                    raise
                time.sleep(_RECORD_TRIES - tries_left)
            else:
                return
