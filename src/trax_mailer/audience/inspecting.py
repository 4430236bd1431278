"""A first look at an import file: whether it is text in UTF-8 at all, before a row goes in."""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

from trax_mailer.errors import BadFile
from trax_mailer.model.finding import Finding, Place, Severity

_PIECE = 1 << 20
_LONGEST_LINE = 8 << 20
SAVE_AS_UTF8 = (
    "Save it as UTF-8: in Excel “Save as” → “CSV UTF-8 (comma delimited)”; in LibreOffice “Save as” → "
    "“Edit filter settings” → character set “Unicode (UTF-8)”."
)
_OTHER_KINDS = {
    b"PK\x03\x04": "a spreadsheet (.xlsx or .ods)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}


def count_lines(file: Path) -> int:
    """How many lines the file has. Raises BadFile where it cannot be read, is empty or is no UTF-8."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise BadFile(f"{file} is no file.", advice="Give a CSV file.")
        with file.open("rb") as opened:
            _refuse_other_kinds(file, opened.read(4096))
        return _decode_all(file)
    except OSError as error:
        raise BadFile(
            f"{file} cannot be read: {error.strerror}.", advice="Check its path and mode."
        ) from None


def refused(file: Path, message: str, *, line: int = 1, column: int = 1, advice: str = "") -> BadFile:
    """The error for a file that cannot be used, with its place."""
    finding = Finding(
        check="subscribers",
        severity=Severity.ERROR,
        message=message,
        place=Place(str(file), line, column),
        advice=advice,
    )
    return BadFile(f"{file} cannot be imported: {message}.", findings=(finding,), advice=advice)


def _refuse_other_kinds(file: Path, start: bytes) -> None:
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise refused(file, "it is empty", advice="Its first row must name the columns: email,name,language")
    for mark, kind in _OTHER_KINDS.items():
        if start.startswith(mark):
            raise refused(file, f"it is {kind}, not CSV", advice=SAVE_AS_UTF8)
    if start.count(0) > len(start) // 4:
        raise refused(file, "it is text in UTF-16, or no text", advice=SAVE_AS_UTF8)


def _decode_all(file: Path) -> int:
    """Decode the file in pieces; returns its lines, whichever way they end."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    ends, since_end, last = 0, 0, ""
    with file.open("rb") as opened:
        while True:
            piece = opened.read(_PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode("utf-8-sig")
                line = ends + _count_ends(good, after=last) + 1
                raise refused(file, f"line {line} is not UTF-8", line=line, advice=SAVE_AS_UTF8) from None
            if not piece:
                break
            ends += _count_ends(text, after=last)
            end = max(text.rfind("\n"), text.rfind("\r"))
            since_end = since_end + len(text) if end < 0 else len(text) - end - 1
            if since_end > _LONGEST_LINE:
                raise refused(file, f"line {ends + 1} is longer than eight million characters", line=ends + 1)
            last = text[-1:] or last
    return ends + (last not in {"\n", "\r"})


def _count_ends(text: str, *, after: str) -> int:
    """The line ends in `text`: line feed, carriage return, or both as one, even if cut between them."""
    both = text.count("\r\n") + (after == "\r" and text.startswith("\n"))
    return text.count("\n") + text.count("\r") - both
