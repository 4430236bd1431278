"""How the calls of a process have gone so far, over all lanes of a mailing, and whether to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.model.mailing import Recipient


@dataclass(slots=True)
class Course:
    """Counts since somebody was last accepted. Shared by the lanes of a process."""

    patience: Patience
    setbacks: int = 0
    unseen: int = 0
    refusals: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def note(self, answer: Answer, recipients: Sequence[Recipient]) -> str:
        """Take in an answer. Returns why the mailing must pause, or an empty string."""
        verdicts = (
            Counter(answer.of(recipient.delivery).verdict for recipient in recipients)
            if answer.per_recipient
            else Counter({answer.verdict: len(recipients)})
        )
        with self._lock:
            return self._note(answer, verdicts)

    def _note(self, answer: Answer, verdicts: Counter[Verdict]) -> str:
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
