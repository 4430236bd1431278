"""Writing a private file so that it is there whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from trax_mailer.errors import BadState, Conflict, Refused
from trax_mailer.storage.work_folder import lock

_PREFIX, _SUFFIX = ".trax-", ".part"
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@contextmanager
def new_file(file: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Write here; at the end it is synced and moved to `file`, mode 0600. On any exception nothing stays.

    Raises what `refuse_place` raises, and BadState where it cannot be written. A link is followed. What
    killed processes left beside it goes first.
    """
    refuse_place(file, force=force)
    file = file.resolve()  # Else the link would be replaced, such as /dev/stdout, not what it leads to.
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


def refuse_place(file: Path, *, force: bool) -> None:
    """Raise where `new_file` could not put a file there.

    Conflict where it exists, unless `force`; Refused where it is a device, a pipe or a folder, whatever
    `force` says: those must never give way to a file. BadState where its folder is missing.
    """
    if file.exists() and not file.is_file():
        raise Refused(
            f"{file} is no ordinary file, so nothing is put in its place.",
            advice="Name a file that does not exist yet, or a folder.",
        )
    _refuse_existing(file, force=force)
    if not file.resolve().parent.is_dir():
        raise BadState(
            f"There is no folder {file.parent} to write {file.name} into.",
            advice="Make it first, or mount the disk that it is on.",
        )


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
