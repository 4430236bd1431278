"""The rows of a text with separators, one at a time, each with the line it begins on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from trax_mailer.audience.intake.columns import has_email_column
from trax_mailer.audience.intake.unusable import NAME_THE_COLUMNS, unusable

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
HEAD_CHARACTERS = 100_000


AT_ONCE = 2000


class Row(NamedTuple):
    """The cells of one row. `line` is where it begins; `fault` says why it could not be taken apart."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""


class Lot(NamedTuple):
    """Some rows that follow each other: the line of each, and its cells. One with a `fault` is alone."""

    lines: Sequence[int]
    cells: Sequence[Sequence[str]]
    fault: str = ""

    def rows(self) -> Iterator[Row]:
        """Those that hold anything."""
        for line, cells in zip(self.lines, self.cells, strict=True):
            if self.fault or "".join(cells).strip():
                yield Row(line, tuple(cells), self.fault)


def find_delimiter(file: Path, head: str) -> tuple[int, str]:
    """How many rows stand before the header, and what separates the cells. Raises BadFile for no row."""
    found: list[tuple[bool, bool, int, int, str]] = []
    for delimiter in DELIMITERS:
        for index, row in enumerate(read_rows(io.StringIO(head, newline=""), delimiter=delimiter)):
            if len(row.cells) in {1, 2} and row.cells[0].lower().startswith("sep="):
                continue  # Excel's own first line
            found.append((has_email_column(row.cells), bool(row.fault), len(row.cells), index, delimiter))
            break
    if not found:
        raise unusable(file, "it is empty", advice=NAME_THE_COLUMNS)
    *_, skip, delimiter = max(found, key=lambda one: one[:3])
    return skip, delimiter


def read_rows(lines: io.TextIOBase, *, delimiter: str) -> Iterator[Row]:
    """Every row that holds anything, after a fault the next one that can be read."""
    for lot in TextRows(lines, delimiter=delimiter).lots():
        yield from lot.rows()


class TextRows:
    """The rows of a text, which is read as far as they were asked for."""

    def __init__(self, lines: io.TextIOBase, *, delimiter: str) -> None:
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self._line = 1

    def lots(self, size: int = AT_ONCE) -> Iterator[Lot]:
        """What was not read yet, at most so many rows at a time."""
        while True:
            found: list[list[str]] = []
            fault = ""
            try:
                # What came before a fault stays in the list.
                found.extend(islice(self._reader, size))
            except csv.Error as error:
                fault = str(error)
            lines = self._lines(found, fault=fault)
            if found:
                yield Lot(lines[:-1], found)
            if fault:
                said = _explained(fault, line=lines[-1], last=self._reader.line_num)
                yield Lot(lines[-1:], [()], said)
            elif not found:
                return

    def _lines(self, rows: list[list[str]], *, fault: str) -> Sequence[int]:
        """Where each of the rows begins, and the one after them."""
        line, last = self._line, self._reader.line_num
        self._line = last + 1
        if not fault and last - line + 1 == len(rows):
            return range(line, last + 2)
        lines = [line]
        for cells in rows:
            line += 1 + sum(map(_breaks, cells))
            lines.append(line)
        return lines


def in_lots(rows: Iterator[Row]) -> Iterator[Lot]:
    """The rows of another source."""
    while some := list(islice(rows, AT_ONCE)):
        for fault, same in groupby(some, key=attrgetter("fault")):
            if fault:
                yield from (Lot([row.line], [row.cells], fault) for row in same)
            else:
                sound = list(same)
                yield Lot([row.line for row in sound], [row.cells for row in sound])


def _breaks(cell: str) -> int:
    """The line ends in a cell, as a text counts them."""
    return cell.count("\n") + cell.count("\r") - cell.count("\r\n")


def _explained(problem: str, *, line: int, last: int) -> str:
    lost = f"; lines {line} to {last} were not read" if last > line else ""
    if "field larger" in problem:
        return f"holds a cell of over {csv.field_size_limit():,} characters: is a quote not closed?{lost}"
    if "unexpected end" in problem:
        return f"opens a quote that is never closed{lost}"
    if "expected after" in problem:
        return f"goes on after a closing quote; a quote inside a cell is written twice{lost}"
    return f"cannot be read: {problem}{lost}"
