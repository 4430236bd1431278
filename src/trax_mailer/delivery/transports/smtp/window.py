"""The recipients of one call: who is next, what became of whom, and when to hand over nobody else."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.delivery.transports.smtp.parcel import Packer, Parcel
from trax_mailer.delivery.transports.smtp.replies import Reply
from trax_mailer.model.mailing import Recipient

SAME_REFUSALS = 5
"""So many equal refusals in a row are about the sender or the message, not about the readers."""

_GRAVITY = (Verdict.NOT_SENT, Verdict.THROTTLED, Verdict.STOPPED)


class Window:
    """Shared by the connections of a call. Nobody is given out twice unless surely nothing was sent.

    `ahead` says that somebody was accepted lately: only then are several handed over at the same time, so
    that a refusal which concerns everybody fails few. `go` is set once the other connections may begin,
    or need not wait any longer. `welcome` says that somebody was accepted, and not everybody refused since.
    """

    def __init__(self, recipients: Sequence[Recipient], packer: Packer, *, ahead: bool) -> None:
        self.ahead = ahead
        self.welcome = False
        self.go = asyncio.Event()
        self.stopped = False
        self._packer = packer
        self._waiting = deque(recipients)
        self._count = len(recipients)
        self._answers: dict[str, RecipientAnswer] = {}
        self._suspects: set[str] = set()
        self._verdict = Verdict.NOT_SENT
        self._reason = ""
        self._retry_after: float | None = None
        self._refusal = ""
        self._refusals = 0
        if ahead:
            self.go.set()

    @property
    def open(self) -> bool:
        """Whether somebody is still to be handed over."""
        return bool(self._waiting) and not self.stopped

    def next(self, extensions: frozenset[str]) -> Parcel | None:
        """The next parcel for a server with those extensions."""
        while self.open:
            recipient = self._waiting.popleft()
            packed = self._packer.pack(recipient, extensions=extensions)
            if isinstance(packed, Parcel):
                return packed
            self._answers[recipient.delivery] = packed
        return None

    def accept(self, parcel: Parcel, words: str) -> None:
        """The server took it."""
        self.ahead = self.welcome = True
        self._refusals = 0
        self.go.set()
        self._answers[parcel.recipient.delivery] = RecipientAnswer(Verdict.ACCEPTED, words)

    def refuse(self, parcel: Parcel, reply: Reply) -> None:
        """The server refused it, with a complete 4xx or 5xx. Stops where everybody is refused alike."""
        if reply.kind == 4:
            self._answers[parcel.recipient.delivery] = RecipientAnswer(Verdict.THROTTLED, str(reply))
            return
        self._answers[parcel.recipient.delivery] = RecipientAnswer(Verdict.REJECTED, str(reply))
        alike = str(reply).replace(parcel.recipient.email, "")
        self._refusals = self._refusals + 1 if alike == self._refusal else 1
        self._refusal = alike
        if self._refusals >= SAME_REFUSALS:
            # Tried again at once: the Course counts, and pauses where it goes on like this.
            self.welcome = False
            self.stop(Verdict.NOT_SENT, f"{self._refusals} in a row were refused alike: {reply}")
            self._retry_after = 0.0

    def lose_sight(self, parcel: Parcel, reason: str) -> None:
        """The message was handed over and no clear answer came."""
        self._answers[parcel.recipient.delivery] = RecipientAnswer(Verdict.UNCERTAIN, reason)

    def put_back(self, parcel: Parcel, reason: str, *, suspect: bool) -> None:
        """Surely nothing was sent: another connection may try, unless this parcel seems to break them."""
        delivery = parcel.recipient.delivery
        if suspect and delivery in self._suspects and not self.stopped:
            self._answers[delivery] = RecipientAnswer(Verdict.NOT_SENT, reason)
            return
        if suspect:
            self._suspects.add(delivery)
        self._waiting.append(parcel.recipient)

    def stop(self, verdict: Verdict, reason: str) -> None:
        """Hand over nobody else, on any connection."""
        self.note(verdict, reason)
        self.stopped = True

    def note(self, verdict: Verdict, reason: str) -> None:
        """A connection gave up; holds for whoever is left where the others give up, too."""
        if not self._reason or _GRAVITY.index(verdict) > _GRAVITY.index(self._verdict):
            self._verdict, self._reason = verdict, reason

    def answer(self) -> Answer:
        """What became of all."""
        if len(self._answers) == self._count:
            return Answer(verdict=Verdict.ACCEPTED, per_recipient=self._answers)
        return Answer(
            verdict=self._verdict,
            reason=self._reason,
            retry_after=self._retry_after,
            per_recipient=self._answers,
        )
