"""The rows of a CSV file, one at a time, each with the line it begins on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.audience.columns import BadHeader, Columns, has_email_column, read_columns
from trax_mailer.audience.inspecting import SAVE_AS_UTF8, refused
from trax_mailer.errors import BadFile

_DELIMITERS = (",", ";", "\t")
_HEAD_CHARACTERS = 100_000
_NAME_THE_COLUMNS = "Its first row must name the columns, one of them “email”: email,name,language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The cells of one row. `line` is where it begins; `fault` says why it could not be taken apart."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""


@contextmanager
def open_rows(file: Path) -> Iterator[tuple[Columns, Iterator[Row]]]:
    """The columns and the rows after the header. Raises BadFile where the header cannot be used."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            head = opened.read(_HEAD_CHARACTERS)
            opened.seek(0)
            skip, delimiter = _find_delimiter(file, head)
            rows = _read(opened, delimiter=delimiter)
            for _ in range(skip):
                next(rows)
            header = next(rows)
            yield _columns(file, header), rows
    except UnicodeDecodeError:
        raise refused(file, "it is not UTF-8", advice=SAVE_AS_UTF8) from None
    except OSError as error:
        raise BadFile(
            f"{file} cannot be read: {error.strerror}.", advice="Check its path and mode."
        ) from None


def _find_delimiter(file: Path, head: str) -> tuple[int, str]:
    """How many rows stand before the header, and what separates the cells."""
    found: list[tuple[bool, bool, int, int, str]] = []
    for delimiter in _DELIMITERS:
        for index, row in enumerate(_read(io.StringIO(head, newline=""), delimiter=delimiter)):
            if len(row.cells) in {1, 2} and row.cells[0].lower().startswith("sep="):
                continue  # Excel's own first line
            found.append((has_email_column(row.cells), bool(row.fault), len(row.cells), index, delimiter))
            break
    if not found:
        raise refused(file, "it is empty", advice=_NAME_THE_COLUMNS)
    *_, skip, delimiter = max(found, key=lambda one: one[:3])
    return skip, delimiter


def _columns(file: Path, header: Row) -> Columns:
    if header.fault:
        raise refused(file, f"its first row {header.fault}", line=header.line, advice=_NAME_THE_COLUMNS)
    try:
        return read_columns(header.cells)
    except BadHeader as problem:
        words = str(problem)
        if any(_is_address(cell) for cell in header.cells):
            words = "its first row is a reader already, and does not name the columns"
        raise refused(file, words, line=header.line, advice=_NAME_THE_COLUMNS) from None


def _is_address(cell: str) -> bool:
    try:
        parse_address(cell)
    except BadAddress:
        return False
    return True


def _read(lines: io.TextIOBase, *, delimiter: str) -> Iterator[Row]:
    """Every row that holds anything, after a fault the next one that can be read."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line=line, cells=(), fault=_explained(str(error), line=line, last=reader.line_num))
            continue
        if any(cell.strip() for cell in cells):
            yield Row(line=line, cells=tuple(cells))


def _explained(problem: str, *, line: int, last: int) -> str:
    lost = f"; lines {line} to {last} were not read" if last > line else ""
    if "field larger" in problem:
        return f"holds a cell of over {csv.field_size_limit():,} characters: is a quote not closed?{lost}"
    if "unexpected end" in problem:
        return f"opens a quote that is never closed{lost}"
    if "expected after" in problem:
        return f"goes on after a closing quote; a quote inside a cell is written twice{lost}"
    return f"cannot be read: {problem}{lost}"
