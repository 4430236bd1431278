"""The record of a sink: one line a reader, appended before the sender gets its answer.

It survives the end of any process, though not of the machine. It holds readers' addresses.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Took(StrEnum):
    """What a sink did with one reader's message."""

    ACCEPTED = "accepted"
    """It has the message. Written before it answers, whether or not the answer then arrives."""
    REFUSED = "refused"
    """It answered no, for good."""
    PUT_OFF = "put_off"
    """It answered not now."""
    UNCLEAR = "unclear"
    """It gave no answer from which the sender could know, as its faults told it to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `at` is in seconds since the epoch, `delivery` `<mailing>.<subscriber>`, `size` in bytes.

    `call` numbers the call or message within the sink's life; `delivery` may be empty where the message
    itself was never seen.
    """

    took: Took
    at: float
    call: int
    delivery: str
    address: str
    size: int


class Record:
    """An open record; each `add` is one write, so that no line is ever torn by another process."""

    def __init__(self, file: Path) -> None:
        self._handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def add(self, took: Took, readers: Iterable[tuple[str, str]], *, call: int, size: int) -> None:
        """Write a line for each pair of delivery and address."""
        now = time.time()
        lines = "".join(
            f"{took.value}\t{now:.6f}\t{call}\t{delivery}\t{address.casefold()}\t{size}\n"
            for delivery, address in readers
        )
        rest = lines.encode("utf-8", "backslashreplace")
        while rest:
            rest = rest[os.write(self._handle, rest) :]

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def read_entries(file: Path) -> Iterator[Entry]:
    """Every whole line of a record; one still being written is left out. Nothing where there is no file."""
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                took, at, call, delivery, address, size = line.rstrip("\n").split("\t")
                yield Entry(Took(took), float(at), int(call), delivery, address, int(size))


def accepted_times(entries: Iterable[Entry]) -> dict[str, list[float]]:
    """For each delivery that was ever accepted, the moments at which it was."""
    times: dict[str, list[float]] = defaultdict(list)
    for entry in entries:
        if entry.took is Took.ACCEPTED:
            times[entry.delivery].append(entry.at)
    return dict(times)


class RecordTail:
    """Counts what was accepted, while the record grows."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0
        self._accepted = 0
        self._start = f"\n{Took.ACCEPTED}\t".encode()
        self._before = b"\n"

    def accepted(self) -> int:
        """How many messages were accepted up to now; reads only what is new."""
        if self._file.exists():
            with self._file.open("rb") as opened:
                opened.seek(self._read)
                new = opened.read()
            self._read += len(new)
            self._accepted += (self._before + new).count(self._start)
            self._before = (self._before + new)[-len(self._start) + 1 :]
        return self._accepted
