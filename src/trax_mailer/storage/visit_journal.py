"""Journals of visits: a file a serving process, for what the ledger could not take at once.

A line is a JSON array that begins with a number; the numbers of a process only grow. The ledger notes the
last number that it took, together with the visits, so that a journal is never taken in twice.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from trax_mailer.errors import BadState
from trax_mailer.storage.work_folder import lock

FOLDER = "visits"
_ENDING = ".journal"


class VisitJournal:
    """The journal of a process, which holds it locked until it ends, however that happens."""

    def __init__(self, file: Path, handle: int) -> None:
        self._file, self._handle = file, handle

    @classmethod
    def make(cls, state: Path) -> Self:
        """A new journal, readable by its owner alone. Raises BadState where it cannot be made."""
        folder = state / FOLDER
        file = folder / f"{secrets.token_hex(8)}{_ENDING}"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise BadState(
                f"{folder} cannot be written: {error.strerror}.",
                advice="Check who owns it, its mode, and the room on its disk.",
            ) from None
        if lock(handle) and file.exists():
            return cls(file, handle)
        # Another process took it for one that was left, in the moment before it was locked.
        os.close(handle)
        return cls.make(state)

    @classmethod
    def left(cls, state: Path) -> Iterator[Self]:
        """The journals of processes that have ended, each held until the next one is asked for."""
        for file in sorted((state / FOLDER).glob(f"*{_ENDING}")):
            try:
                handle = os.open(file, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                if lock(handle) and file.exists():
                    yield cls(file, handle)
            finally:
                os.close(handle)

    @property
    def name(self) -> str:
        """Tells it from all others."""
        return self._file.stem

    def add(self, entries: Sequence[Sequence[Any]]) -> None:
        """Write the entries down, durably. Raises BadState, and leaves no half line behind it."""
        size = os.fstat(self._handle).st_size
        lines = "".join(f"{json.dumps(entry, separators=(',', ':'))}\n" for entry in entries).encode()
        try:
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(self._handle, rest) :]
            os.fsync(self._handle)
        except OSError as error:
            os.ftruncate(self._handle, size)
            raise BadState(
                f"{self._file.parent} cannot be written: {error.strerror}.",
                advice="Visits are kept in memory meanwhile. Check the room on its disk.",
            ) from None

    def clear(self) -> None:
        """Everything in it is in the ledger."""
        os.ftruncate(self._handle, 0)

    def entries(self) -> list[list[Any]]:
        """What is in it; a last line that was cut off is left out."""
        lines = self._file.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines]

    def remove(self) -> None:
        """It is not needed any more."""
        self._file.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)
