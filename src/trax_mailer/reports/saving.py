"""Saving a report: as CSV, or as a workbook with a sheet for each table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from trax_mailer.model.spreadsheet import harmless
from trax_mailer.reports.notes import WITHHELD
from trax_mailer.reports.tables import Cell, Table

_WIDEST = 60


def report_csv(tables: Sequence[Table]) -> bytes:
    """The tables below each other, each between its title and its footnote, an empty line apart."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for number, table in enumerate(tables):
        if number:
            writer.writerow([])
        writer.writerow([table.title])
        writer.writerow(table.columns)
        writer.writerows([_cell(cell) for cell in row] for row in table.rows)
        writer.writerow([table.note])
    return text.getvalue().encode("utf-8-sig")


def report_workbook(tables: Sequence[Table]) -> bytes:
    """A sheet for each table, its footnote below. Nothing in it is a formula."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        sheet = book.create_sheet(table.title[:31])
        rows: list[Sequence[str | int]] = [
            table.columns,
            *([_cell(cell) for cell in row] for row in table.rows),
        ]
        for row in rows:
            sheet.append([ILLEGAL_CHARACTERS_RE.sub("", one) if isinstance(one, str) else one for one in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
        for column in range(len(table.columns)):
            longest = max(len(str(row[column])) for row in rows)
            sheet.column_dimensions[get_column_letter(column + 1)].width = min(longest, _WIDEST) + 2
        sheet.append([])
        sheet.append([table.note])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(cell: Cell) -> str | int:
    if cell is None:
        return WITHHELD
    return harmless(cell) if isinstance(cell, str) else cell
