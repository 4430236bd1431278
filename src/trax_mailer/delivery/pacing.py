"""How fast a lane may go: the transport's pace over all workers, and the domains that want fewer messages."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from trax_mailer.delivery.addresses import domain_of
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.transports.base import Answer, Transport, Verdict
from trax_mailer.model.mailing import Recipient
from trax_mailer.storage import paces

_SHARES = 10
"""A second's worth is taken in so many shares, so that no second holds much more than the rate."""

_ABOUT_ONE_MAILBOX = re.compile(r"\b4\.(?:1\.\d|2\.[12])\b")
"""Enhanced codes about the address alone: unknown, disabled, full (RFC 3463 §3.2, §3.3)."""


class Pacing:
    """The paces of one transport."""

    def __init__(self, transport: Transport, *, patience: Patience) -> None:
        self._transport = transport
        self._patience = patience
        self._rate = transport.rate
        self._slowed: dict[str, float] = {}
        share = max(1, self._rate // _SHARES) if self._rate else transport.window
        self.limit = min(share, transport.window)
        """The most recipients of one claim."""

    def wait(self, connection: Connection, *, at: float) -> float:
        """Take the pace for one claim. Returns the seconds to wait where it cannot be had yet."""
        return paces.take(connection, self._transport.name, amount=self.limit, rate=self._rate, at=at)

    def held_back(self, connection: Connection, *, at: float) -> dict[str, dt.datetime]:
        """The domains that must wait, and until when."""
        if not self._transport.by_domain:
            return {}
        prefix = f"{self._transport.name}:"
        self._slowed = {
            key.removeprefix(prefix): until for key, until in paces.blocks(connection, prefix, at=at).items()
        }
        return {
            domain: dt.datetime.fromtimestamp(until, dt.UTC)
            for domain, until in self._slowed.items()
            if until
        }

    def note(
        self, connection: Connection, answer: Answer, recipients: Sequence[Recipient], *, at: float
    ) -> None:
        """Remember, for every worker, what the other side asked for."""
        hold = answer.hold
        if answer.verdict is Verdict.THROTTLED and answer.retry_after:
            hold = max(hold, answer.retry_after)
        if hold > 0:
            paces.block(connection, self._transport.name, until=at + hold, reason=answer.reason)
        if self._transport.by_domain:
            self._note_domains(connection, answer, recipients, at=at)

    def _note_domains(
        self, connection: Connection, answer: Answer, recipients: Sequence[Recipient], *, at: float
    ) -> None:
        put_off: defaultdict[str, str] = defaultdict(str)
        accepted = set()
        for one in recipients:
            theirs = answer.per_recipient.get(one.delivery)
            domain = domain_of(one.email).lower()
            if theirs is None:
                continue
            if theirs.verdict is Verdict.ACCEPTED:
                accepted.add(domain)
            elif theirs.verdict is Verdict.THROTTLED and not _ABOUT_ONE_MAILBOX.search(theirs.reason):
                put_off[domain] = theirs.reason
        for domain in accepted & self._slowed.keys():
            paces.let_go(connection, self._key(domain))
        for domain in put_off.keys() - accepted:
            key = self._key(domain)
            wait = self._patience.wait(paces.setbacks(connection, key) + 1)
            paces.block(connection, key, until=at + wait, reason=put_off[domain])

    def _key(self, domain: str) -> str:
        return f"{self._transport.name}:{domain}"
