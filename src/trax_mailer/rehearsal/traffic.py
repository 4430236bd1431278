"""How much went over the wire, and how fast, as the sink's record tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trax_mailer.rehearsal.record import Entry, Took


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Messages taken, the calls they came in, and bytes; `seconds` is the time in which they came."""

    messages: int
    calls: int
    bytes_in_all: int
    largest: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Messages a second; 0 where there were too few to say."""
        return self.messages / self.seconds if self.messages and self.seconds else 0.0


def measure(entries: Iterable[Entry], *, pauses: Sequence[tuple[float, float]] = ()) -> Traffic:
    """Sum up what was taken. `pauses` are stretches in which nobody sent, from and to, which do not count.

    The time counts from the first message of each stretch of sending to its last.
    """
    edges = [end for _, end in pauses]
    stretch, first, last, seconds = 0, 0.0, 0.0, 0.0
    messages = calls = in_all = largest = call = 0
    for entry in entries:
        if entry.took is not Took.ACCEPTED:
            continue
        while stretch < len(edges) and entry.at >= edges[stretch]:
            stretch += 1
            seconds += last - first
            first = entry.at
        first = first or entry.at
        last = entry.at
        messages += 1
        if entry.call != call:
            call, calls, in_all = entry.call, calls + 1, in_all + entry.size
            largest = max(largest, entry.size)
    return Traffic(
        messages=messages,
        calls=calls,
        bytes_in_all=in_all,
        largest=largest,
        seconds=seconds + last - first,
    )
