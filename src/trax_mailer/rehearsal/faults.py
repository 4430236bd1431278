"""What goes wrong in a rehearsal: for whom, and how often, decided by a seed alone."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What a sink does with a reader's message, or with the call that begins with that reader."""

    FINE = "fine"
    """It is taken."""
    REFUSED = "refused"
    """Refused for good, every time: a 5xx by SMTP, a 400 that names the reader by HTTP."""
    PUT_OFF = "put_off"
    """Not now: a 4xx for one recipient by SMTP, a 429 for the call by HTTP. The next try is taken."""
    HANG_BEFORE = "hang_before"
    """It is not taken, and no answer ever comes."""
    HANG_AFTER = "hang_after"
    """It is taken, and no answer ever comes."""
    DROP_BEFORE = "drop_before"
    """It is not taken, and the connection ends without an answer."""
    DROP_AFTER = "drop_after"
    """It is taken, and the connection ends without an answer."""
    BROKEN_AFTER = "broken_after"
    """It is taken, and the answer says nothing: a 500 by HTTP, and the connection's end by SMTP."""


TAKEN = {Fate.FINE, Fate.HANG_AFTER, Fate.DROP_AFTER, Fate.BROKEN_AFTER}
"""With these the sink keeps the message, whatever it answers."""

UNCLEAR = {Fate.HANG_BEFORE, Fate.HANG_AFTER, Fate.DROP_BEFORE, Fate.DROP_AFTER, Fate.BROKEN_AFTER}
"""After these the sender cannot know whether it was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Shares of readers between 0 and 1, by the names of `Fate`; none by default.

    `seconds` is how long every answer takes; a sender that is gone before half of it is not heard.
    Addresses in `refuse` are always refused; where `names_culprits` is false, HTTP says only that
    something is wrong with the call. The first `throttled_tries` messages to `throttled_domain` are put
    off (SMTP only).
    """

    seed: int = 0
    refused: float = 0.0
    put_off: float = 0.0
    hang_before: float = 0.0
    hang_after: float = 0.0
    drop_before: float = 0.0
    drop_after: float = 0.0
    broken_after: float = 0.0
    seconds: float = 0.0
    refuse: tuple[str, ...] = ()
    names_culprits: bool = True
    throttled_domain: str = ""
    throttled_tries: int = 0

    def fate_of(self, address: str, *, attempt: int) -> Fate:
        """What becomes of that address at that attempt, counted from 1: the same for the same seed."""
        key = address.casefold()
        if key in self.refuse:
            return Fate.REFUSED
        drawn = _uniform(self.seed, key)
        for fate in Fate:
            share = 0.0 if fate is Fate.FINE else float(getattr(self, fate.value))
            if drawn < share:
                return fate if fate is Fate.REFUSED or attempt == 1 else Fate.FINE
            drawn -= share
        return Fate.FINE

    def to_json(self) -> str:
        """For a sink in a process of its own."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, words: str) -> Faults:
        """What `to_json` wrote."""
        values = json.loads(words)
        return cls(**values | {"refuse": tuple(values["refuse"])})


def _uniform(seed: int, key: str) -> float:
    """A number from 0 up to 1 that looks like chance."""
    digest = hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
