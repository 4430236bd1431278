"""The addresses of a file: one a line, or the column of a CSV file that holds them."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.audience.wording import plain
from trax_mailer.errors import BadFile

_NAMES = frozenset(
    {
        "email",
        "emails",
        "emailaddress",
        "mail",
        "address",
        "recipient",
        "recipientemail",
        "courriel",
        "correo",
    }
)
_DELIMITERS = ("\t", ";", ",")
_PIECE = 1 << 20
_EVERY_ROWS = 500
_NAME_IT = "Write one address a line, or name the column that holds them “email” in the first row."


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands where an address is expected, and on which line."""

    line: int
    words: str = field(repr=False)


@contextmanager
def open_addresses(file: Path, *, progress: Callable[[int, int], None]) -> Iterator[Iterator[Cell]]:
    """The cells of the file, one at a time. `progress` gets bytes read and bytes in all. Raises BadFile."""
    try:
        size = file.stat().st_size
        encoding = _encoding(file)
        with file.open("rb") as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
            yield _cells(file, text, lambda: progress(min(raw.tell(), size), size))
    except OSError as error:
        raise BadFile(
            f"{file} cannot be read: {error.strerror or error}.", advice="Check its path and mode."
        ) from None


def _encoding(file: Path) -> str:
    """UTF-8, UTF-16 by its mark, or Windows-1252, in which every byte but five means something."""
    with file.open("rb") as raw:
        start = raw.read(4096)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\0" in start or start.startswith((b"PK\x03\x04", b"%PDF")):
            raise BadFile(f"{file} is no text.", advice="Save it as CSV, or as text with one address a line.")
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        raw.seek(0)
        try:
            while piece := raw.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _cells(file: Path, text: io.TextIOWrapper, told: Callable[[], None]) -> Iterator[Cell]:
    """Lazily: the file is open as long as the context is."""
    lines = (line.replace("\0", "") for line in text)
    try:
        first = next((line for line in lines if line.strip()), "")
        if not first:
            raise BadFile(f"{file} is empty.", advice=_NAME_IT)
        delimiter = max(_DELIMITERS, key=first.count)
        header = next(csv.reader([first], delimiter=delimiter))
        column, is_address = _column(file, header)
        if is_address:
            yield Cell(1, header[column])
        rows = csv.reader(lines, delimiter=delimiter)
        for number, row in enumerate(rows):
            if number % _EVERY_ROWS == 0:
                told()
            if any(cell.strip() for cell in row):
                yield Cell(rows.line_num + 1, row[column] if column < len(row) else "")
        told()
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadFile(f"{file} cannot be read as text: {error}.", advice=_NAME_IT) from None


def _column(file: Path, header: list[str]) -> tuple[int, bool]:
    """Which column holds the addresses, and whether the first row does already."""
    for index, cell in enumerate(header):
        if plain(cell) in _NAMES:
            return index, False
    for index, cell in enumerate(header):
        try:
            parse_address(cell.removeprefix("'"))
        except BadAddress:
            continue
        return index, True
    raise BadFile(f"{file} does not say which column holds the addresses.", advice=_NAME_IT)
