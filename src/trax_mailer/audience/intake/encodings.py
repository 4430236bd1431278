"""In which encoding a text file is: told by rules, never by chance, before a row goes in.

1. A byte order mark says UTF-8 or UTF-16. NUL bytes at every other place say UTF-16 without a mark.
2. What is valid as UTF-8 is UTF-8: hardly any other text is, by chance.
3. Mostly valid as UTF-8 with some bytes wrong: a damaged file, refused with the line.
4. Else it is Western European text of one byte a letter: Windows-1252, or Latin-1 where it has none of the
   signs in which they differ. Long runs of letters outside ASCII say that it is not (Cyrillic, Greek,
   Arabic): refused, because names would come out garbled.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trax_mailer.audience.intake.unusable import (
    NAME_THE_COLUMNS,
    SAVE_AS_CSV,
    refuse_no_file,
    unreadable,
    unusable,
)
from trax_mailer.errors import BadOption

_PIECE = 1 << 20
_LONGEST_LINE = 8 << 20
_NAME_IT = "Save it as UTF-8, or name its encoding, for example: --encoding windows-1251"
_RUN = re.compile(rb"[\x80-\xff]{4,}")
_HIGH = re.compile(rb"[\x80-\xff]")
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # in Windows-1252
_CONTROLS = re.compile(rb"[\x80-\x9f]")  # in Latin-1
_BAD = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """How a text file is encoded: `codec` for Python, `encoding` for people; and how many lines it has."""

    codec: str
    encoding: str
    lines: int


def examine(file: Path, *, encoding: str | None = None) -> Text:
    """Read the file once and say how it is encoded; `encoding` is a person's word, and is obeyed.

    Raises BadFile where it cannot be read, is empty or is in no known encoding, BadOption where nobody
    knows an encoding of that name.
    """
    refuse_no_file(file)
    try:
        with file.open("rb") as opened:
            start = opened.read(4096)
        if not start.removeprefix(codecs.BOM_UTF8).strip():
            raise unusable(file, "it is empty", advice=NAME_THE_COLUMNS)
        codec, name = _named(encoding) if encoding else _told(file, start)
        return Text(codec=codec, encoding=name, lines=_count_lines(file, codec, name))
    except OSError as error:
        raise unreadable(file, error) from None


def _named(encoding: str) -> tuple[str, str]:
    try:
        found = codecs.lookup(encoding)
        b"email".decode(found.name)
        codecs.getincrementaldecoder(found.name)
    except (LookupError, UnicodeError):
        raise BadOption(
            f"There is no encoding “{encoding}”.",
            advice="Known are, among others: utf-8, utf-16, windows-1252, windows-1250, windows-1251.",
        ) from None
    return ("utf-8-sig", "UTF-8") if found.name == "utf-8" else (found.name, encoding)


def _told(file: Path, start: bytes) -> tuple[str, str]:
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "UTF-8 with a byte order mark"
    for mark, name in ((codecs.BOM_UTF16_LE, "UTF-16 LE"), (codecs.BOM_UTF16_BE, "UTF-16 BE")):
        if start.startswith(mark):
            return "utf-16", f"{name} with a byte order mark"
    if start.count(0) > len(start) // 4:
        even, odd = start[::2].count(0), start[1::2].count(0)
        return ("utf-16-le", "UTF-16 LE") if odd > even else ("utf-16-be", "UTF-16 BE")
    right, wrong, line = _try_utf8(file)
    if not wrong:
        return "utf-8", "UTF-8" if right else "ASCII"
    if right > wrong:
        raise unusable(
            file,
            f"line {line} is not UTF-8, and the rest is: the file is damaged",
            line=line,
            advice=_NAME_IT,
        )
    return _one_byte(file, line)


def _try_utf8(file: Path) -> tuple[int, int, int]:
    """How many signs outside ASCII are valid in UTF-8, how many bytes are not, and the line of the first."""
    right = wrong = ends = line = 0
    last = ""
    for text in _decoded(file, "utf-8", errors="surrogateescape"):
        if not text.isascii():
            bad = len(_BAD.findall(text))
            if bad and not wrong:
                first = _BAD.search(text)
                assert first is not None  # noqa: S101 - narrows a type
                line = ends + _count_ends(text[: first.start()], after=last) + 1
            wrong += bad
            right += len(_BEYOND_ASCII.findall(text)) - bad
        ends += _count_ends(text, after=last)
        last = text[-1:] or last
    return right, wrong, line


def _one_byte(file: Path, line: int) -> tuple[str, str]:
    high = in_runs = undefined = controls = 0
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            high += len(_HIGH.findall(piece))
            in_runs += sum(map(len, _RUN.findall(piece)))
            undefined += len(_UNDEFINED.findall(piece))
            controls += len(_CONTROLS.findall(piece))
    if undefined or in_runs * 3 > high:
        raise unusable(
            file,
            f"its encoding is unknown: line {line} is not UTF-8, and the signs of the file are not those of "
            "Western European languages either",
            line=line,
            advice=_NAME_IT,
        )
    return ("cp1252", "Windows-1252") if controls else ("latin-1", "Latin-1")


def _count_lines(file: Path, codec: str, name: str) -> int:
    """The file's lines, whichever way they end. Raises BadFile where the codec fails."""
    ends, since_end, last = 0, 0, ""
    try:
        for text in _decoded(file, codec):
            ends += _count_ends(text, after=last)
            end = max(text.rfind("\n"), text.rfind("\r"))
            since_end = since_end + len(text) if end < 0 else len(text) - end - 1
            if since_end > _LONGEST_LINE:
                message = f"line {ends + 1} is longer than eight million characters"
                raise unusable(file, message, line=ends + 1, advice=SAVE_AS_CSV)
            last = text[-1:] or last
    except UnicodeError:
        raise unusable(
            file, f"after line {ends + 1} it is not {name}", line=ends + 1, advice=_NAME_IT
        ) from None
    return ends + (last not in {"\n", "\r"})


def _decoded(file: Path, codec: str, *, errors: str = "strict") -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)(errors)
    with file.open("rb") as opened:
        while True:
            piece = opened.read(_PIECE)
            yield decoder.decode(piece, final=not piece)
            if not piece:
                return


def _count_ends(text: str, *, after: str) -> int:
    """The line ends in `text`: line feed, carriage return, or both as one, even if cut between them."""
    if "\r" not in text:
        return text.count("\n") - (after == "\r" and text.startswith("\n"))
    both = text.count("\r\n") + (after == "\r" and text.startswith("\n"))
    return text.count("\n") + text.count("\r") - both
