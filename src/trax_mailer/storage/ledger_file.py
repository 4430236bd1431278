"""A copy of a ledger as one SQLite file, made while others write; and judging such a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from trax_mailer.errors import BadState
from trax_mailer.storage.backends.sqlite import LEDGER_NAME
from trax_mailer.storage.contents import count_rows
from trax_mailer.storage.copying import Progress, copy_rows
from trax_mailer.storage.engine import Ledger, open_ledger


def write_ledger_file(ledger: Ledger, folder: Path, *, progress: Progress) -> tuple[Path, dict[str, int]]:
    """Copy the ledger, as it is at one moment, into one file in the empty folder.

    Returns the file and how many rows each table has in it. Nobody has to wait for it. Raises BadState where
    the ledger is damaged, or there is no room.
    """
    file = folder / LEDGER_NAME
    file.touch(mode=0o600)
    if ledger.kind == "sqlite":
        _copy_pages(ledger, file)
    else:
        with open_ledger(folder) as target, ledger.read() as source, target.write() as writing:
            copy_rows(source, writing, progress=progress)
    make_single(file)
    if words := damage_in(file):
        raise BadState(
            f"No copy was made: the ledger in {ledger.state} is damaged ({words}).",
            advice="Keep the damaged file, and restore the ledger from an earlier backup.",
        )
    with open_ledger(folder) as made, made.read() as connection:
        counts = count_rows(connection)
    progress(sum(counts.values()), sum(counts.values()))
    make_single(file)
    return file, counts


def damage_in(file: Path) -> str:
    """What is wrong with an SQLite file, in words; empty where it is whole. Changes nothing in it.

    A trigger or a view counts, too: a ledger has none, and what one says would be done on opening it.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as opened:
            opened.execute("PRAGMA trusted_schema = OFF")
            first = opened.execute("PRAGMA quick_check(1)").fetchone()
            if first != ("ok",):
                return "its pages do not fit together"
            if opened.execute("PRAGMA foreign_key_check").fetchone():
                return "rows refer to others that are not there"
            foreign = "SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')"
            return "it holds what no ledger holds" if opened.execute(foreign).fetchone() else ""
    except sqlite3.DatabaseError as error:
        return str(error)


def _copy_pages(ledger: Ledger, file: Path) -> None:
    """SQLite's online backup (https://sqlite.org/backup.html), in one step: no writer can disturb it."""
    with ledger.read() as connection, closing(sqlite3.connect(file)) as target:
        driver: Any = connection.connection.driver_connection
        try:
            driver.backup(target)
        except sqlite3.Error as error:
            raise BadState(
                f"The ledger in {ledger.state} could not be copied to {file.parent}: {error}.",
                advice="Check the disk and the room on it.",
            ) from error


def make_single(file: Path) -> None:
    """Let the file hold everything: no write-ahead log beside it."""
    try:
        with closing(sqlite3.connect(file)) as opened:
            opened.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise BadState(f"The copy in {file.parent} cannot be written: {error}.") from error
