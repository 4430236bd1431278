"""How long to wait before trying again, and when to stop trying and ask a person."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds and counts; the defaults add up to about a quarter of an hour for one recipient."""

    first: float = 5.0
    longest: float = 300.0
    tries: int = 8
    """So often a recipient is tried that the other side puts off."""
    setbacks: int = 6
    """So many calls in a row may be put off or not get through before the mailing pauses."""
    unseen: int = 2
    """So many calls in a row may stay unanswered before the mailing pauses."""
    refusals: int = 25
    """So many refusals in a row, without anybody accepted, are not the readers' fault.

    More than it takes to find one bad address among a thousand by halving.
    """

    def wait(self, tries: int) -> float:
        """Seconds to wait after so many tries: doubling, with jitter, so that senders do not line up."""
        longest = min(self.longest, self.first * 2.0 ** (tries - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
