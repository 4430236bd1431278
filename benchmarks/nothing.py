"""A transport that hands nothing over: what is left is the work of the lane and of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from trax_mailer.delivery import Answer, Letter, Skeleton, Verdict, build_skeleton
from trax_mailer.delivery.transports.base import Closing
from trax_mailer.model.finding import Finding
from trax_mailer.model.mailing import Recipient


class NoTransport(Closing):
    """Accepts everything; with `looking`, it looks at every reader first, with `building` it builds messages.

    Readers are loaded, and their tokens made, only when a transport looks at them, as every real one does.
    """

    name = "nothing"
    simulated = False
    rehearsal = True
    rate = 0
    by_domain = False

    def __init__(
        self, *, batch_size: int = 500, lanes: int = 1, looking: bool = False, building: bool = False
    ) -> None:
        self.window = self.batch_size = batch_size
        self.lanes = lanes
        self.built = 0
        self.seen = 0
        self._looking = looking
        self._building = building
        self._skeleton: Skeleton | None = None

    def preflight(self, from_email: str) -> list[Finding]:  # noqa: ARG002 - nothing is asked
        """Nothing to ask."""
        return []

    def open(self, letter: Letter) -> None:
        """Encode the letter, where messages are to be built."""
        if self._building:
            self._skeleton = build_skeleton(letter, embedded=letter.embedded)

    def send(self, recipients: Sequence[Recipient], *, batch: int) -> Answer:  # noqa: ARG002
        """Accept them all."""
        if self._skeleton is not None:
            self.built += sum(len(self._skeleton.message(one)) for one in recipients)
        if self._looking:
            self.seen += sum(1 for one in recipients if one.unsubscribe_url)
        return Answer(verdict=Verdict.ACCEPTED)

    def close(self) -> None:
        """Nothing is held."""
