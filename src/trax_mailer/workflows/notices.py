"""Sending notices: each is claimed and committed before its call, so that no crash mails anybody twice.

One process at a time does it, over all hosts. It ends calls that a killed one left behind as uncertain,
forgets what is old, and forgets who never confirmed.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from trax_mailer.audience.joining import expire_pending
from trax_mailer.delivery import Answer, Verdict, open_transport
from trax_mailer.errors import ProviderError
from trax_mailer.settings import Settings
from trax_mailer.storage import LaneLock, Ledger
from trax_mailer.storage.notices import (
    Notice,
    NoticeState,
    claim_notice,
    forget_notices,
    next_notice,
    orphans_to_uncertain,
    settle_notice,
)
from trax_mailer.tokens import KeyRing
from trax_mailer.workflows.envelope import envelope_for
from trax_mailer.workflows.notice_deciding import Deciding
from trax_mailer.workflows.notice_mails import NOTICE, NoticeMail, letter_of, recipient_of
from trax_mailer.workflows.public_words import Catalogues

FORGOTTEN_AFTER = dt.timedelta(hours=48)
GIVEN_UP_AFTER = dt.timedelta(hours=24)
"""A notice that was not taken for so long has failed."""

_WAITS = (60.0, 300.0, 900.0, 3600.0)
"""Seconds to wait after the first try, the second, and so on."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """Sends what waits on one ledger, through the transport of the settings."""

    settings: Settings
    ledger: Ledger
    ring: KeyRing
    catalogues: Catalogues

    def begin(self) -> None:
        """Whoever held the lane before is gone: nobody knows what became of the calls they began."""
        with self.ledger.write() as connection:
            orphans_to_uncertain(connection)

    def send_one(self, lock: LaneLock) -> Verdict | None:
        """Send the notice that waits longest. The answer; None where nothing waits or the lane was lost.

        A notice that comes to nothing counts as rejected.
        """
        claimed = self._claim()
        if claimed is None:
            return None
        notice, mail = claimed
        if mail is None:
            return Verdict.REJECTED
        if not lock.holds():
            return None  # Another process has the lane, and notes this one as uncertain.
        answer = self._call(notice, mail)
        theirs = answer.of(f"{NOTICE}.{notice.id}")
        with self.ledger.write() as connection:
            now = self.ledger.clock(connection)
            state = _state_after(theirs.verdict, notice, now=now)
            wait = max(answer.retry_after or 0.0, answer.hold, _WAITS[min(notice.tries, len(_WAITS) - 1)])
            settle_notice(
                connection,
                notice.id,
                state,
                reason=theirs.reason,
                not_before=now + dt.timedelta(seconds=wait) if state is NoticeState.QUEUED else None,
            )
        return theirs.verdict

    def tidy(self) -> None:
        """Forget notices that are old, and pending subscriptions that nobody confirmed."""
        with self.ledger.write() as connection:
            now = self.ledger.clock(connection)
            forget_notices(connection, before=now - FORGOTTEN_AFTER)
        lasts = dt.timedelta(days=self.settings.subscribing.confirm_days)
        expire_pending(self.ledger, before=now - lasts, now=now)

    def _claim(self) -> tuple[Notice, NoticeMail | None] | None:
        deciding = Deciding(ring=self.ring, settings=self.settings)
        with self.ledger.write() as connection:
            now = self.ledger.clock(connection)
            notice = next_notice(connection, now=now)
            if notice is None:
                return None
            decided = deciding.decide(connection, notice, now=now)
            if decided is None:
                settle_notice(connection, notice.id, NoticeState.DROPPED)
                return notice, None
            claim_notice(connection, notice.id, subscriber_id=decided.mail.subscriber_id, data=decided.data)
        return notice, decided.mail

    def _call(self, notice: Notice, mail: NoticeMail) -> Answer:
        words = self.catalogues.choose(asked=notice.language, fallback=self.settings.language)
        sent_at = dt.datetime.now(dt.UTC)
        envelope = envelope_for(self.settings, list_name=NOTICE, simulated=False, sent_at=sent_at)
        letter = letter_of(mail, words, envelope, self.settings)
        try:
            with open_transport(self.settings) as transport:
                transport.open(letter)
                return transport.send([recipient_of(mail, envelope)], batch=0)
        except ProviderError as error:
            return Answer(verdict=Verdict.STOPPED, reason=error.message)
        except Exception:  # noqa: BLE001 - logged whole; nobody knows whether it was sent
            _log.exception("Sending a notice ended with an error nobody foresaw")
            return Answer(verdict=Verdict.UNCERTAIN, reason="the program failed in the midst of it")


def _state_after(verdict: Verdict, notice: Notice, *, now: dt.datetime) -> NoticeState:
    match verdict:
        case Verdict.ACCEPTED:
            return NoticeState.SENT
        case Verdict.UNCERTAIN:
            return NoticeState.UNCERTAIN
        case Verdict.REJECTED:
            return NoticeState.FAILED
        case Verdict.THROTTLED | Verdict.NOT_SENT | Verdict.STOPPED:
            return NoticeState.FAILED if now - notice.made_at > GIVEN_UP_AFTER else NoticeState.QUEUED
