"""Arrivals in the order of their keys, and of their lines within a key, however many, in little memory.

They are sorted some thousand at a time; those runs are laid down in a file that has no name, in the state
directory, and merged. Python compares text by code points, as SQLite compares the bytes of UTF-8.
"""

from __future__ import annotations

import marshal
import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from trax_mailer.errors import BadState
from trax_mailer.storage.arrivals import Arrival

_RUN_ROWS = 40_000
_BLOCK_ROWS = 250
"""Of each run so many are in memory while they are merged."""

_key = itemgetter(1)
_place = itemgetter(1, 0)


class Sorter:
    """Takes arrivals in the order of their lines. `with` removes its file at the end.

    Raises BadState where the state directory has no room.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._file: IO[bytes] | None = None
        self._runs: list[_Run] = []
        self._waiting: list[Arrival] = []

    def add(self, arrivals: list[Arrival]) -> None:
        """Some more."""
        self._waiting += arrivals
        if len(self._waiting) >= _RUN_ROWS:
            self._lay_down()

    def in_order(self) -> Iterator[list[Arrival]]:
        """All of them, some at a time. To be asked for once, when all are there."""
        self._waiting.sort(key=_key)
        runs = [*self._runs, _Run(None, [], self._waiting)]
        self._waiting = []
        return _merge(runs)

    def _lay_down(self) -> None:
        self._waiting.sort(key=_key)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._state)  # noqa: SIM115 - closed by `with` around us
            sizes = [
                self._file.write(marshal.dumps(self._waiting[start : start + _BLOCK_ROWS]))
                for start in range(0, len(self._waiting), _BLOCK_ROWS)
            ]
            self._file.flush()
            end = self._file.tell()
        except OSError as error:
            raise BadState(
                f"The state directory {self._state} has no room to sort the file: {error.strerror}.",
                advice="Make room on its disk, then try again.",
            ) from None
        self._runs.append(_Run(self._file, _blocks(end - sum(sizes), sizes), []))
        self._waiting = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):  # what was not written yet is not needed
                self._file.close()


class _Run:
    """Sorted arrivals: those at hand, and where the blocks of the others stand in the file."""

    def __init__(self, file: IO[bytes] | None, blocks: list[tuple[int, int]], at_hand: list[Arrival]) -> None:
        self._file = file
        self._blocks = blocks[::-1]
        self._at_hand = at_hand
        self._next = 0

    def limit(self) -> tuple[str, int] | None:
        """Up to which place everything is at hand; None where all that is left is."""
        return _place(self._at_hand[-1]) if self._blocks else None

    def fill(self) -> bool:
        """Have something at hand. False where nothing is left."""
        if self._next < len(self._at_hand):
            return True
        self._at_hand, self._next = [], 0
        if self._blocks and self._file is not None:
            start, size = self._blocks.pop()
            self._file.seek(start)
            self._at_hand = marshal.loads(self._file.read(size))  # noqa: S302 - we wrote it, and nobody else can
        return bool(self._at_hand)

    def take(self, limit: tuple[str, int] | None) -> list[Arrival]:
        """Those at hand that are not above the limit."""
        start, held = self._next, self._at_hand
        if limit is None:
            self._next = len(held)
        elif _place(held[start]) <= limit:
            self._next = bisect_right(held, limit, start, key=_place)
        return held[start : self._next]


def _merge(runs: list[_Run]) -> Iterator[list[Arrival]]:
    while runs := [run for run in runs if run.fill()]:
        limit = min((known for run in runs if (known := run.limit()) is not None), default=None)
        found: list[Arrival] = []
        for run in runs:
            found += run.take(limit)
        # Stable: what has the same key stays in the order of the runs, which is that of the lines.
        found.sort(key=_key)
        yield found


def _blocks(start: int, sizes: list[int]) -> list[tuple[int, int]]:
    blocks = []
    for size in sizes:
        blocks.append((start, size))
        start += size
    return blocks
