"""Addresses that stand in a file more than once, told with little memory however long the file is."""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Self


class Repeats:
    """Remembers each key with the line it first stood on, in a scratch database that ends with it.

    An unnamed SQLite database lives in its cache and spills into a private temporary file.
    """

    def __init__(self) -> None:
        self._scratch = sqlite3.connect("", isolation_level=None)
        self._scratch.execute("PRAGMA cache_size = -16000")
        self._scratch.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._scratch.execute("BEGIN")

    def first_line(self, key: str, *, line: int) -> int | None:
        """The earlier line with that key, or None where `line` is the first."""
        added = self._scratch.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, line))
        if added.rowcount:
            return None
        found: int = self._scratch.execute("SELECT line FROM seen WHERE key = ?", (key,)).fetchone()[0]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.close()
