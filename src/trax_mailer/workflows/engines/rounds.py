"""What a sender looks for about once a second: mailings that are due or left behind, lanes with work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from trax_mailer.delivery import (
    due_mailings,
    end_finished,
    find_mailing,
    lanes_to_run,
    proof,
    start_scheduled,
)
from trax_mailer.errors import TraxError
from trax_mailer.model.mailing import Mailing, MailingState
from trax_mailer.storage import Ledger
from trax_mailer.workflows.engines.telling import Teller, ending, in_one_line

_ENDED = (MailingState.PAUSED, MailingState.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneJob:
    """A lane with work that nobody holds."""

    mailing_id: int
    lane: int
    transport: str


class Rounds:
    """The rounds of a sender on one ledger.

    A scheduled mailing is not begun later than `late` after its time. `now` gives the moment by which
    schedules are judged; the ledger's own clock by default, which is the same for every host.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        late: dt.timedelta,
        teller: Teller,
        now: Callable[[], dt.datetime] | None = None,
    ) -> None:
        self._ledger = ledger
        self._late = late
        self._teller = teller
        self._given_now = now

    def start_due(self) -> None:
        """Start the scheduled mailings whose time has come; one that is too late is paused and told."""
        now = self._now()
        for mailing in due_mailings(self._ledger, now=now):
            about = ("schedule", mailing.id)
            try:
                started = start_scheduled(self._ledger, mailing.id, late=self._late, now=now)
            except TraxError as error:
                self._teller.failure(about, f"Mailing {mailing.id} cannot start: {in_one_line(error)}")
                continue
            self._teller.over(about)
            if started.state in _ENDED:
                self._teller.say(ending(started, proof(self._ledger, started.id)))
            elif started.started_at == now:
                self._teller.say(f"Mailing {started.id}: its time has come, it starts now.")

    def end_finished(self) -> None:
        """End the mailings that a killed sender left behind with nobody waiting, and tell their account."""
        for mailing in end_finished(self._ledger, now=self._now()):
            if mailing.state in _ENDED:
                self._teller.say(ending(mailing, proof(self._ledger, mailing.id)))

    def find_lanes(self) -> list[LaneJob]:
        """The lanes with work that nobody holds, whatever their transport."""
        found = []
        mailings: dict[int, Mailing | None] = {}
        for mailing_id, lane in lanes_to_run(self._ledger, now=self._now()):
            if mailing_id not in mailings:
                mailings[mailing_id] = find_mailing(self._ledger, mailing_id)
            if mailing := mailings[mailing_id]:
                found.append(LaneJob(mailing_id=mailing_id, lane=lane, transport=mailing.transport))
        return found

    def _now(self) -> dt.datetime:
        if self._given_now is not None:
            return self._given_now()
        with self._ledger.read() as connection:
            return self._ledger.clock(connection)
