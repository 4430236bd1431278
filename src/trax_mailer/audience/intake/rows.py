"""The rows of a text with separators, one at a time, each with the line it begins on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from trax_mailer.audience.intake.columns import has_email_column
from trax_mailer.audience.intake.unusable import NAME_THE_COLUMNS, unusable

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
HEAD_CHARACTERS = 100_000


class Row(NamedTuple):
    """The cells of one row. `line` is where it begins; `fault` says why it could not be taken apart."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""


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
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            for cells in reader:
                if "".join(cells).strip():
                    yield Row(line, tuple(cells))
                line = reader.line_num + 1
        except csv.Error as error:
            yield Row(line=line, cells=(), fault=_explained(str(error), line=line, last=reader.line_num))
            line = reader.line_num + 1
        else:
            return


def _explained(problem: str, *, line: int, last: int) -> str:
    lost = f"; lines {line} to {last} were not read" if last > line else ""
    if "field larger" in problem:
        return f"holds a cell of over {csv.field_size_limit():,} characters: is a quote not closed?{lost}"
    if "unexpected end" in problem:
        return f"opens a quote that is never closed{lost}"
    if "expected after" in problem:
        return f"goes on after a closing quote; a quote inside a cell is written twice{lost}"
    return f"cannot be read: {problem}{lost}"
