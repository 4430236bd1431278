"""Opening an import file, of whichever kind: its columns, then its rows, one at a time."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.audience.intake.cards import HEADER, read_cards
from trax_mailer.audience.intake.columns import BadHeader, Columns, read_columns
from trax_mailer.audience.intake.encodings import Text, examine
from trax_mailer.audience.intake.rows import (
    DELIMITERS,
    HEAD_CHARACTERS,
    Lot,
    Row,
    TextRows,
    find_delimiter,
    in_lots,
)
from trax_mailer.audience.intake.unusable import (
    NAME_THE_COLUMNS,
    SAVE_AS_CSV,
    refuse_no_file,
    unreadable,
    unusable,
)
from trax_mailer.audience.intake.workbooks import open_workbook

_OTHER_KINDS = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "packed with gzip",
}
_ZIPPED = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is to be read: as a person said. `meant` is what columns hold, by their name."""

    encoding: str | None = None
    meant: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """An open file. `lots` are the rows after the header; `lines` is how many lines it has in all.

    `encoding` is empty for a workbook, `delimiter` where nothing separates cells. `kind` is in words.
    """

    kind: str
    columns: Columns
    lots: Iterator[Lot]
    lines: int
    encoding: str = ""
    delimiter: str = ""

    @property
    def rows(self) -> Iterator[Row]:
        """The rows that were not read yet, and hold anything, one by one."""
        return (row for lot in self.lots for row in lot.rows())


@contextmanager
def open_table(file: Path, reading: Reading | None = None) -> Iterator[Table]:
    """Open it. Raises BadFile where it cannot be used, with what to do; BadOption for an unknown encoding."""
    reading = reading or Reading()
    start = _start(file)
    if start.startswith(_ZIPPED):
        _refuse_other_zips(file)
        with open_workbook(file, meant=reading.meant) as (sheet, lines, header, rows):
            columns = _columns(file, header, reading)
            yield Table(
                kind=f"Excel workbook, sheet “{sheet}”", columns=columns, lots=in_lots(rows), lines=lines
            )
        return
    for mark, kind in _OTHER_KINDS.items():
        if start.startswith(mark):
            raise unusable(file, f"it is {kind}", advice=SAVE_AS_CSV)
    text = examine(file, encoding=reading.encoding)
    try:
        # utf-16 without its mark would be read back to front by its name alone.
        with file.open(encoding=text.codec, newline="") as opened:
            yield _open_text(file, opened, text, reading)
    except OSError as error:
        raise unreadable(file, error) from None


def is_archive(file: Path) -> bool:
    """Whether the file is a zip archive that is no workbook."""
    if not _start(file).startswith(_ZIPPED):
        return False
    names = _names_in(file)
    return not any(name.startswith("xl/") for name in names) and "mimetype" not in names


def _open_text(file: Path, opened: object, text: Text, reading: Reading) -> Table:
    import io

    assert isinstance(opened, io.TextIOBase)  # noqa: S101 - narrows a type
    head = opened.read(HEAD_CHARACTERS)
    opened.seek(0)
    if head.lstrip("\ufeff\r\n ").upper().startswith("BEGIN:VCARD"):
        columns = read_columns(HEADER, meant=None)
        lots = in_lots(read_cards(opened))
        return Table(kind="vCards", columns=columns, lots=lots, lines=text.lines, encoding=text.encoding)
    skip, delimiter = find_delimiter(file, head)
    found = TextRows(opened, delimiter=delimiter)
    one_by_one = (row for lot in found.lots(1) for row in lot.rows())
    for _ in range(skip):
        next(one_by_one)
    columns = _columns(file, next(one_by_one), reading)
    kind = f"text separated by {DELIMITERS[delimiter]}" if columns.count > 1 else "text, one column"
    return Table(
        kind=kind,
        columns=columns,
        lots=found.lots(),
        lines=text.lines,
        encoding=text.encoding,
        delimiter=delimiter,
    )


def _start(file: Path) -> bytes:
    refuse_no_file(file)
    try:
        with file.open("rb") as opened:
            return opened.read(8)
    except OSError as error:
        raise unreadable(file, error) from None


def _names_in(file: Path) -> list[str]:
    try:
        with zipfile.ZipFile(file) as packed:
            return packed.namelist()
    except (zipfile.BadZipFile, NotImplementedError):
        raise unusable(file, "it is a damaged archive or workbook", advice=SAVE_AS_CSV) from None


def _refuse_other_zips(file: Path) -> None:
    names = _names_in(file)
    if "mimetype" in names:
        raise unusable(file, "it is a LibreOffice spreadsheet (.ods)", advice=SAVE_AS_CSV)
    if not any(name.startswith("xl/") for name in names):
        raise unusable(file, "it is an archive", advice="Unpack it, and give one of the files in it.")


def _columns(file: Path, header: Row, reading: Reading) -> Columns:
    if header.fault:
        raise unusable(file, f"its first row {header.fault}", line=header.line, advice=NAME_THE_COLUMNS)
    try:
        return read_columns(header.cells, meant=reading.meant)
    except BadHeader as problem:
        words, advice = str(problem), NAME_THE_COLUMNS
        if any(_is_address(cell) for cell in header.cells):
            words = "its first row is a reader already, and does not name the columns"
        elif "called “email”" in words:
            advice += ". Or say which column it is: --map COLUMN=email"
        elif "both hold" in words:
            advice = f"Leave one out, for example: --map “{header.cells[-1].strip()}=nothing”"
        else:
            advice = f"Its columns are: {', '.join(cell.strip() for cell in header.cells)}."
        raise unusable(file, words, line=header.line, advice=advice) from None


def _is_address(cell: str) -> bool:
    try:
        parse_address(cell)
    except BadAddress:
        return False
    return True
