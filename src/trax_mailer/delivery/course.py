"""How the calls of a lane have gone so far, and whether to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.model.mailing import Recipient


@dataclass(slots=True)
class Course:
    """Counts since somebody was last accepted; `tries` how often each delivery was put off by name."""

    patience: Patience
    tries: Counter[str] = field(default_factory=Counter)
    setbacks: int = 0
    unseen: int = 0
    refusals: int = 0

    def note(self, answer: Answer, recipients: Sequence[Recipient]) -> str:
        """Take in an answer. Returns why the mailing must pause, or an empty string."""
        verdicts = Counter(answer.of(recipient.delivery).verdict for recipient in recipients)
        put_off = (name for name, one in answer.per_recipient.items() if one.verdict is Verdict.THROTTLED)
        self.tries.update(put_off)
        if verdicts[Verdict.STOPPED]:
            return answer.reason or "The transport stopped and gave no reason."
        if verdicts[Verdict.ACCEPTED]:
            self.setbacks = self.unseen = self.refusals = 0
        elif verdicts[Verdict.UNCERTAIN]:
            self.unseen += 1
        elif verdicts[Verdict.REJECTED]:
            # A refusal of several at once counts as one: it may be about one of them only.
            self.refusals += 1 if answer.verdict is Verdict.REJECTED else verdicts[Verdict.REJECTED]
        else:
            self.setbacks += 1
        return self._reason_to_pause(_words(answer))

    def _reason_to_pause(self, words: str) -> str:
        if self.unseen >= self.patience.unseen:
            return f"{self.unseen} calls in a row got no clear answer. The last: {words}"
        if self.refusals >= self.patience.refusals:
            return f"Nobody was accepted and {self.refusals} were refused in a row. The last: {words}"
        if self.setbacks >= self.patience.setbacks:
            return f"Nothing got through, {self.setbacks} times in a row. The last: {words}"
        return ""


def _words(answer: Answer) -> str:
    of_readers = (one.reason for one in answer.per_recipient.values() if one.reason)
    return answer.reason or next(of_readers, "no reason was given")
