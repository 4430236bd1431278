"""The rule for failures that may be over next time: only many in a row count as one that is for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from trax_mailer.model.refusal import Weight, weigh
from trax_mailer.settings import BounceRule
from trax_mailer.storage.copies import Fared

LEAST_SPAN = dt.timedelta(days=7)
"""Between the first and the last: a full mailbox in a week's absence costs nobody a daily newsletter."""


def failed_in_a_row(course: Sequence[Fared], *, rule: BounceRule) -> bool:
    """Whether `limit` copies one after another failed, within `days` and over a week at least.

    A copy of which no failure is known ends the row: that one came through, as far as anybody knows. So does
    one that was refused by policy: it says nothing about the reader's mailbox.
    Further failures can only ever make it true, so that it does not matter in which order they are told.
    """
    row: list[dt.datetime] = []
    longest = dt.timedelta(days=rule.days)
    for copy in course:
        if not any(weigh(kind, reason) in {Weight.SOFT, Weight.HARD} for kind, reason in copy.failures):
            row = []
            continue
        row.append(copy.sent_at)
        within = [at for at in row if copy.sent_at - at <= longest]
        if len(within) >= rule.limit and copy.sent_at - within[0] >= LEAST_SPAN:
            return True
    return False
