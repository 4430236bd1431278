"""Arrivals: visits that wait, in memory, to be written down."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice, takewhile
from threading import Lock
from typing import Any, NamedTuple, Self

ROOM = 200_000
"""So many visits wait at most, in about 60 MB. At a thousand a second, that is three minutes of trouble."""


class Arrival(NamedTuple):
    """A visit as it came. `number` grows with each; `at` is in seconds since the epoch.

    `kind` is the value of a VisitKind. `mark` is a pseudonym, or, where `is_reader`, the subscriber's id.
    """

    number: int
    at: float
    mailing_id: int
    kind: str
    link: int
    mark: bytes
    is_reader: bool
    method: str
    agent: str
    hints: str

    def to_data(self) -> list[Any]:
        """The arrival as plain JSON, its time to the second."""
        return [self.number, int(self.at), *self[2:5], self.mark.hex(), *self[6:]]

    @classmethod
    def from_data(cls, data: Sequence[Any]) -> Self:
        """The arrival that `to_data` wrote."""
        number, at, mailing_id, kind, link, mark, *rest = data
        return cls(number, at, mailing_id, kind, link, bytes.fromhex(mark), *rest)


class Arrivals:
    """A queue with room for so many. Safe to share between threads; one of them takes."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._waiting: deque[Arrival] = deque()
        self._lock = Lock()
        self._number = 0
        self._in_hand: Sequence[Arrival] = ()
        self._dropped = self._dropped_in_hand = 0

    def note(  # noqa: PLR0913, PLR0917 - called for each visit: by place, for speed
        self,
        at: float,
        mailing_id: int,
        kind: str,
        link: int,
        mark: bytes,
        is_reader: bool,  # noqa: FBT001
        method: str,
        agent: str,
        hints: str,
    ) -> None:
        """Take one in; where there is no room, only count it."""
        with self._lock:
            if len(self._waiting) >= self._room:
                self._dropped += 1
                return
            self._number += 1
            self._waiting.append(
                Arrival(self._number, at, mailing_id, kind, link, mark, is_reader, method, agent, hints)
            )

    def take(self, limit: int) -> tuple[Sequence[Arrival], int]:
        """The oldest, at most so many, and how many were dropped before. Both stay in hand until `done`.

        What is in hand already is given again, and nothing beside it.
        """
        with self._lock:
            if not self._in_hand and not self._dropped_in_hand:
                count = min(limit, len(self._waiting))
                self._in_hand = [self._waiting.popleft() for _ in range(count)]
                self._dropped_in_hand, self._dropped = self._dropped, 0
            return self._in_hand, self._dropped_in_hand

    def done(self) -> None:
        """What is in hand was written down."""
        with self._lock:
            self._in_hand = ()
            self._dropped_in_hand = 0

    def unwritten(self, *, after: int, before: float) -> list[Arrival]:
        """Those in hand and waiting with a number above `after` that came before that time."""
        with self._lock:
            skipped = after - self._waiting[0].number + 1 if self._waiting else 0
            rest = islice(self._waiting, max(skipped, 0), None)
            found = [one for one in self._in_hand if one.number > after]
            return [one for one in found if one.at <= before] + list(
                takewhile(lambda one: one.at <= before, rest)
            )

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_hand)
