"""What a transport is, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

from trax_mailer.delivery.letter import Letter
from trax_mailer.model.finding import Finding
from trax_mailer.model.mailing import Recipient


class Verdict(StrEnum):
    """What became of one handing over."""

    ACCEPTED = "accepted"
    """The other side took it. Does not mean delivered."""
    REJECTED = "rejected"
    """Refused for good, nothing was sent. For several recipients at once it names no culprit."""
    THROTTLED = "throttled"
    """Refused for now, nothing was sent. The same handing over may be tried again later."""
    NOT_SENT = "not_sent"
    """Surely nothing was sent, and the recipients are not to blame."""
    STOPPED = "stopped"
    """Nothing was sent, and nothing will be until a person changes something: a key, a sender, a disk."""
    UNCERTAIN = "uncertain"
    """The answer was not seen. It may have been sent, or not."""


@dataclass(frozen=True, slots=True)
class RecipientAnswer:
    """The answer for one recipient; `reason` holds the words of the other side."""

    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of one call. `verdict` and `reason` hold for whoever `per_recipient` does not name.

    `per_recipient` is keyed by `Recipient.delivery`. `retry_after` says in how many seconds what was
    not sent may be tried again: 0 for at once, None where the other side gives no time. `hold` says for
    how many seconds the other side wants no call at all, from any worker.
    """

    verdict: Verdict
    reason: str = ""
    provider_reference: str = ""
    retry_after: float | None = None
    hold: float = 0.0
    per_recipient: Mapping[str, RecipientAnswer] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, delivery: str) -> RecipientAnswer:
        """The answer for that delivery."""
        return self.per_recipient.get(delivery) or RecipientAnswer(self.verdict, self.reason)


class Transport(Protocol):
    """Hands messages over. Used by one thread; `open` comes before `send`, `close` may come any time.

    `simulated` says that nothing leaves the machine and nothing counts as sent.
    `window` is the most recipients `send` takes; `batch_size` is how many make a batch, and `lanes` how
    many calls may be under way at once. `rate` is the most recipients a second over all workers, 0 for no
    limit. `by_domain` says that being put off by one reader's server says something about that server.
    `reads_suppressions` says that the other side keeps addresses that it does not mail, and that we may read
    them: known once `preflight` has asked.
    """

    name: str
    simulated: bool
    window: int
    batch_size: int
    lanes: int
    rate: int
    by_domain: bool
    reads_suppressions: bool

    @property
    def rehearsal(self) -> bool:
        """Whether the other side is this machine, as in tests and rehearsals."""
        ...

    def preflight(self, from_email: str) -> list[Finding]:
        """What would make a mailing from that sender fail, asked of the other side. Sends nothing."""
        ...

    def open(self, letter: Letter) -> None:
        """Prepare for sending that letter. Raises ProviderError where it can never be sent this way.

        Comes again, with another letter, where readers of a mailing get different ones: connections stay.
        """
        ...

    def send(self, recipients: Sequence[Recipient], *, batch: int) -> Answer:
        """Hand the letter over, one message a recipient. `batch` is 0 outside a mailing.

        Whatever the other side does is told in the answer; nothing of it is raised.
        """
        ...

    def close(self) -> None:
        """Let go of connections. Raises nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Closing:
    """`with` for a transport: closes it at the end."""

    reads_suppressions = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        raise NotImplementedError
