"""The rows that were refused: counted, the first of them remembered, all of them written to a file."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from trax_mailer.audience.intake.column_names import LINE_COLUMN, OURS, REASON_COLUMN
from trax_mailer.audience.intake.opening import Reading, open_table
from trax_mailer.audience.intake.reports import Fault, RefusedRow
from trax_mailer.audience.wording import plain
from trax_mailer.model.spreadsheet import harmless
from trax_mailer.storage.safe_file import new_file

REMEMBERED = 1000
_LOT = 500


class Refusals:
    """Keeps each with its line in a scratch database, which ends with it, and lives on disk once large."""

    def __init__(self) -> None:
        self.counts: dict[Fault, int] = {}
        self._scratch = sqlite3.connect("", isolation_level=None)
        self._scratch.execute("PRAGMA cache_size = -4000")
        self._scratch.execute("CREATE TABLE refused (line INTEGER, email TEXT, reason TEXT, fault TEXT)")
        self._scratch.execute("BEGIN")
        self._waiting: list[tuple[int, str, str, str]] = []

    def add(self, row: RefusedRow) -> None:
        """One more."""
        self.counts[row.fault] = self.counts.get(row.fault, 0) + 1
        self._waiting.append((row.line, row.email, row.reason, row.fault.value))
        if len(self._waiting) >= _LOT:
            self._put_away()

    def first(self) -> tuple[RefusedRow, ...]:
        """The first ones, by their lines."""
        self._put_away()
        rows = self._scratch.execute(
            "SELECT line, email, reason, fault FROM refused ORDER BY line, rowid LIMIT ?", (REMEMBERED,)
        )
        return tuple(RefusedRow(line=r[0], email=r[1], reason=r[2], fault=Fault(r[3])) for r in rows)

    def write(self, file: Path, target: Path, *, reading: Reading, force: bool) -> None:
        """Write the refused rows of `file` to `target`, as CSV: their own columns, the reason, the line.

        The file is read once more. Raises Conflict where the target exists, unless `force`.
        """
        self._put_away()
        with new_file(target, force=force) as opened, open_table(file, reading) as table:
            columns = table.columns
            kept = [index for index, name in enumerate(columns.header) if plain(name) not in OURS]
            writer, lines = _writer(opened, table.delimiter or ",")
            names = [harmless(columns.header[index].strip()) for index in kept]
            writer.writerow([*names, REASON_COLUMN, LINE_COLUMN])
            reasons = self._reasons()
            wanted = next(reasons, None)
            for row in table.rows:
                if wanted is None:
                    break
                if row.line != wanted[0]:
                    continue
                cells = [row.cells[index] if index < len(row.cells) else "" for index in kept]
                if not columns.ours:
                    cells = [harmless(cell) for cell in cells]
                writer.writerow([*cells, harmless(wanted[1]), wanted[0]])
                wanted = next(reasons, None)
            lines.flush()
            lines.detach()

    def _reasons(self) -> Iterator[tuple[int, str]]:
        """Each refused line, once, with all its reasons, by line."""
        rows = self._scratch.execute("SELECT line, reason FROM refused ORDER BY line, rowid")
        line, reasons = 0, list[str]()
        for next_line, reason in rows:
            if reasons and next_line != line:
                yield line, "; ".join(reasons)
                reasons = []
            line = next_line
            reasons.append(reason)
        if reasons:
            yield line, "; ".join(reasons)

    def _put_away(self) -> None:
        self._scratch.executemany("INSERT INTO refused VALUES (?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.close()


def free_name(file: Path) -> Path:
    """A name beside the file for its refused rows that is not taken: `readers.refused.csv`."""
    stem = file.name.partition(".refused")[0] if ".refused" in file.name else file.stem
    number = 1
    while True:
        again = "" if number == 1 else f"-{number}"
        target = file.parent / f"{stem}.refused{again}.csv"
        if not target.exists() and not target.is_symlink():
            return target
        number += 1


def _writer(opened: IO[bytes], delimiter: str) -> tuple[Any, io.TextIOWrapper]:
    # The mark tells Excel that it is UTF-8.
    lines = io.TextIOWrapper(opened, encoding="utf-8-sig", newline="")
    return csv.writer(lines, delimiter=delimiter, lineterminator="\r\n"), lines
