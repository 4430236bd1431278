"""The lock of a lane: held by one process at a time, gone with its holder, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trax_mailer.errors import Conflict, Refused


@contextmanager
def lane_lock(state: Path, mailing_id: int, *, lane: int) -> Iterator[None]:
    """Hold the lane of the mailing. Raises Conflict where another process or thread holds it."""
    try:
        import fcntl
    except ImportError:
        raise Refused(
            "Mailings can only be sent from Linux and macOS.",
            advice="Check and preview here; send from the host that holds the state directory.",
        ) from None
    folder = state / "lanes"
    folder.mkdir(mode=0o700, exist_ok=True)
    # The file stays: removing a locked file would let a second holder in.
    handle = os.open(folder / f"{mailing_id}.{lane}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another process is sending mailing {mailing_id} at this moment.",
                advice=f"Wait for it, and look at it with: trax status {mailing_id}",
            ) from None
        yield
    finally:
        os.close(handle)
