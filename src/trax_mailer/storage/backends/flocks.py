"""Lane locks beside an SQLite file: flock(2), gone with the process that holds it, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trax_mailer.errors import Conflict, Refused
from trax_mailer.storage.backends.base import lane_advice, lane_taken

_TRIES, _PAUSE = 20, 0.01
"""`is_held` takes the lock for a moment; whoever wants it then must not be turned away."""


class FileLock:
    """A locked file; `holds` is False once the file was removed, because another could then be locked."""

    def __init__(self, file: Path, handle: int) -> None:
        self._file, self._handle = file, handle

    def holds(self) -> bool:
        """Whether others who want the lane meet this lock."""
        try:
            return os.path.samestat(os.fstat(self._handle), self._file.stat())
        except OSError:
            return False


@contextmanager
def hold_file(folder: Path, mailing_id: int, *, lane: int) -> Iterator[FileLock]:
    """Hold the lane's file. Raises Conflict where another process or thread holds it."""
    file = _file(folder, mailing_id, lane=lane)
    folder.mkdir(mode=0o700, exist_ok=True)
    # The file stays: removing a locked file would let a second holder in.
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _try(handle, tries=_TRIES):
            raise Conflict(lane_taken(mailing_id), advice=lane_advice(mailing_id))
        yield FileLock(file, handle)
    finally:
        os.close(handle)


def is_held(folder: Path, mailing_id: int, *, lane: int) -> bool:
    """Whether anybody holds the lane's file."""
    try:
        handle = os.open(_file(folder, mailing_id, lane=lane), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try(handle, tries=1)
    finally:
        os.close(handle)


def _file(folder: Path, mailing_id: int, *, lane: int) -> Path:
    return folder / f"{mailing_id}.{lane}.lock"


def _try(handle: int, *, tries: int) -> bool:
    try:
        import fcntl
    except ImportError:
        raise Refused(
            "Mailings can only be sent from Linux and macOS.",
            advice="Check and preview here; send from the host that holds the state directory.",
        ) from None
    for rest in reversed(range(tries)):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if rest:
                time.sleep(_PAUSE)
        else:
            return True
    return False
