"""How long to wait before trying again, and when to stop trying and ask a person."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds and counts; the defaults add up to about two hours for one recipient.

    Greylisting wants less than one (RFC 6647 §5); whole outages are the mailing's, which pauses.
    """

    first: float = 5.0
    longest: float = 1800.0
    tries: int = 12
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
