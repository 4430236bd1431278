"""A private folder for what is being prepared, in the state directory, gone when the work ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trax_mailer.errors import BadState

_PREFIX = ".work-"


@contextmanager
def work_folder(state: Path) -> Iterator[Path]:
    """A new folder with mode 0700 in `state`, which must exist. What killed processes left goes first."""
    try:
        for left in state.glob(f"{_PREFIX}*"):
            _remove_abandoned(left)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=state))
    except OSError as error:
        raise BadState(
            f"The state directory {state} cannot be used: {error.strerror}.",
            advice="Check who owns it, its mode, and the room on its disk.",
        ) from None
    handle = os.open(folder, os.O_RDONLY)
    try:
        lock(handle)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def lock(handle: int) -> bool:
    """Lock an open file or folder, until it is closed or the process ends. False where another did."""
    try:
        import fcntl
    except ImportError:
        raise BadState("Backups can only be made and restored on Linux and macOS.") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_abandoned(folder: Path) -> None:
    with suppress(FileNotFoundError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            if lock(handle):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
