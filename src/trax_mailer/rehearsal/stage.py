"""The stage of a rehearsal: a private folder that is surely taken away, and a ledger without a past."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, delete

from trax_mailer.errors import BadState, Refused
from trax_mailer.settings import DatabaseSettings
from trax_mailer.storage import open_ledger, schema
from trax_mailer.storage.copying import copy_rows

_PREFIX = "trax-rehearsal-"
_LOCK = "running.lock"
_HISTORY = (
    schema.event,
    schema.journal,
    schema.delivery,
    schema.batch,
    schema.mailing,
    schema.pace,
    schema.key,
)


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder of mode 0700 among the system's temporary files, removed at the end of the block.

    Removes first what rehearsals left that were killed: such folders hold readers' addresses. Raises
    BadState where no folder can be made.
    """
    _remove_left_over(Path(tempfile.gettempdir()))
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise BadState(
            f"No temporary folder can be made: {error.strerror}.", advice="Set TMPDIR to a folder with room."
        ) from None
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
        finally:
            os.close(lock)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_ledger(state: Path, database: DatabaseSettings, *, into: Path) -> None:
    """A consistent copy of the ledger in a new state directory `into`, in a file, without its history.

    The ledger copied from is only read; others may write to it meanwhile. Its key ring stays where it is.
    Raises Refused where there is no ledger yet, BadState where it cannot be read or the copy has no room.
    """
    into.mkdir(mode=0o700)
    if database.url:
        with (
            open_ledger(into) as copy,
            open_ledger(state, database) as original,
            original.read() as source,
            copy.write() as target,
        ):
            copy_rows(source, target)
    else:
        _copy_file(state / "ledger.db", into / "ledger.db")
    with open_ledger(into) as copy, copy.write() as connection:
        clear_history(connection)


def _copy_file(original: Path, copy: Path) -> None:
    if not original.exists():
        raise Refused(f"There is no ledger in {original.parent} yet.", advice="Import readers first.")
    try:
        with (
            closing(sqlite3.connect(f"{original.as_uri()}?mode=ro", uri=True, timeout=30)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error as error:
        raise BadState(
            f"{original} cannot be copied: {error}.",
            advice="Check the file, and that there is room for a copy of it in the folder that TMPDIR names.",
        ) from None


def clear_history(connection: Connection) -> None:
    """Leave readers, lists, subscriptions and suppressions; forget mailings, paces and the key ring.

    So a rehearsal meets the whole list, and its links are signed with keys that nobody else knows.
    """
    for table in _HISTORY:
        connection.execute(delete(table))


def _remove_left_over(temporary: Path) -> None:
    for folder in temporary.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
