"""Writing a private file so that it is there whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage.work_folder import lock

_PREFIX, _SUFFIX = ".trax-", ".part"
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@contextmanager
def new_file(file: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Write here; at the end it is synced and moved to `file`, mode 0600. On any exception nothing stays.

    Raises Conflict where the file exists, unless `force`; BadState where it cannot be written. What killed
    processes left beside it goes first.
    """
    _refuse_existing(file, force=force)
    try:
        for left in file.parent.glob(f"{_PREFIX}*{_SUFFIX}"):
            _remove_abandoned(left)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=_PREFIX, suffix=_SUFFIX)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as opened:
                lock(opened.fileno())
                yield opened
                opened.flush()
                os.fsync(opened.fileno())
                _move(part, file, force=force)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(file.parent)
    except OSError as error:
        raise BadState(
            f"{file} cannot be written: {error.strerror or error}.",
            advice="Check the folder, its mode, and the room on its disk.",
        ) from None


def sync_folder(folder: Path) -> None:
    """Make sure that names in the folder outlast a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _move(part: Path, file: Path, *, force: bool) -> None:
    if not force:
        try:
            os.link(part, file)  # fails where the name is taken, even by a process that was faster
        except FileExistsError:
            _refuse_existing(file, force=force)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _refuse_existing(file, force=force)
        else:
            return
    part.replace(file)


def _refuse_existing(file: Path, *, force: bool) -> None:
    if not force and (file.exists() or file.is_symlink()):
        raise Conflict(f"{file} exists already.", advice="Name another file, or add --force to replace it.")


def _remove_abandoned(part: Path) -> None:
    with suppress(FileNotFoundError, PermissionError):
        handle = os.open(part, os.O_RDONLY)
        try:
            if lock(handle):
                part.unlink(missing_ok=True)
        finally:
            os.close(handle)
