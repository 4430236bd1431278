"""The rows of an Excel workbook (.xlsx), read as a stream."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trax_mailer.audience.intake.columns import has_email_column
from trax_mailer.audience.intake.rows import Row
from trax_mailer.audience.intake.unusable import NAME_THE_COLUMNS, SAVE_AS_CSV, unusable
from trax_mailer.audience.wording import plain

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_MOST_BYTES = 2 << 30
_MOST_SHARED = 128 << 20
_SHARED = "xl/sharedStrings.xml"
_HEADER_ROWS = 20
"""The header is looked for so far down: some workbooks begin with a title."""


@contextmanager
def open_workbook(file: Path, *, meant: Mapping[str, str]) -> Iterator[tuple[str, int, Row, Iterator[Row]]]:
    """The name of the sheet with the readers, its rows in all, its header, and the rows after it.

    That is the first sheet with a column of addresses, or with one that `meant` names. Raises BadFile where
    there is none, or where the file is broken, or too large to be unpacked. Formulas count as
    what they last came to.
    """
    from openpyxl import load_workbook

    _refuse_huge(file)
    names = {plain(name) for name in meant}
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception:  # noqa: BLE001 - openpyxl raises whatever it stumbles over in a broken file
        raise unusable(file, "it is a damaged workbook", advice=SAVE_AS_CSV) from None
    try:
        for sheet in book.worksheets:
            header = next((row for row in _rows(sheet, last=_HEADER_ROWS) if _is_header(row, names)), None)
            if header is not None:
                yield sheet.title, sheet.max_row or 0, header, _rows(sheet, first=header.line + 1)
                return
        raise unusable(file, "no sheet has a column that is called “email”", advice=NAME_THE_COLUMNS)
    finally:
        book.close()


def _refuse_huge(file: Path) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            sizes = {one.filename: one.file_size for one in packed.infolist()}
    except (zipfile.BadZipFile, NotImplementedError):
        raise unusable(file, "it is a damaged workbook", advice=SAVE_AS_CSV) from None
    if sum(sizes.values()) > _MOST_BYTES or sizes.get(_SHARED, 0) > _MOST_SHARED:
        raise unusable(file, "the workbook is too large to be read in little memory", advice=SAVE_AS_CSV)


def _is_header(row: Row, names: Collection[str]) -> bool:
    return has_email_column(row.cells) or any(plain(cell) in names for cell in row.cells)


def _rows(sheet: ReadOnlyWorksheet, *, first: int = 1, last: int | None = None) -> Iterator[Row]:
    # The stubs know the method of the other kind of sheet only.
    rows: Any = sheet.iter_rows(min_row=first, max_row=last, values_only=True)  # type: ignore[misc]
    for line, values in enumerate(rows, first):
        cells = tuple(_written(value) for value in values)
        if any(map(str.strip, cells)):
            yield Row(line=line, cells=cells)


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    return str(value)
