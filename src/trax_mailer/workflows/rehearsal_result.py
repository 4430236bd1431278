"""What a rehearsal showed, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.model.issue import Issue
from trax_mailer.model.mailing import Proof
from trax_mailer.rehearsal import Comparison
from trax_mailer.rehearsal.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a rehearsal showed; `segment` is whom of the list it was for, empty for everybody.

    `as_sent` is the account when the mailing had come to its end, `found` what the sink says to it;
    `proof` and `settled` are the same once the sink's evidence and then a person's word had settled the
    uncertain. The sink took `answer_seconds` for each answer. `by_evidence` and `by_word` count whom each
    of them settled. `unexplained` are uncertain readers who were in no call when anything went wrong.
    """

    issue: Issue
    list_name: str
    segment: str
    transport: str
    rate: int
    answer_seconds: float
    traffic: Traffic
    kills: int
    pauses: tuple[str, ...]
    as_sent: Proof
    found: Comparison
    unexplained: tuple[str, ...]
    by_evidence: int
    by_word: int
    proof: Proof
    settled: Comparison

    @property
    def holds(self) -> bool:
        """Whether nobody was missed, nobody doubled, and every doubt explained and settled."""
        accounts = self.as_sent.holds and self.proof.holds and not self.proof.uncertain
        return accounts and self.found.holds and self.settled.holds and not self.unexplained

    @property
    def seconds_at_full_speed(self) -> float:
        """How long the mailing takes where the other side is as fast as the sink."""
        return self.as_sent.audience / self.traffic.per_second if self.traffic.per_second else 0.0

    @property
    def seconds_at_rate(self) -> float | None:
        """How long it takes at the rate that trax.yaml allows; None where it sets none."""
        return max(self.as_sent.audience / self.rate, self.seconds_at_full_speed) if self.rate else None
