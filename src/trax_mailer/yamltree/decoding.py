"""Bytes of a file into text that a YAML parser can take, with findings for what is odd in them."""

from __future__ import annotations

import codecs
import re

from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.yamltree.nodes import Source

CHECK = "yaml"
MAX_REPORTED = 20
"""How many odd characters are reported one by one; a file full of them is not text."""

_SAVE_AS_UTF8 = "Save the file as UTF-8 (in most editors: Save As, then the encoding) and try again."
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_OTHER_BREAKS = re.compile("[\x85\u2028\u2029]")
_BOM_ELSEWHERE = "\ufeff"


def decode(data: bytes, *, file: str) -> tuple[str | None, list[Finding]]:
    """The text of a file, or None where it is no UTF-8 text at all.

    Line breaks become line feeds. A byte order mark is dropped with a warning, since it is harmless here
    but breaks other tools. Each character that YAML forbids is reported and read as a blank, so
    that lines and columns stay true and the rest of the file is checked as well.
    """
    findings: list[Finding] = []
    start = Place(file, 1, 1)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _looks_like_utf16(data):
        findings.append(_error(start, "This file is saved as UTF-16, not as UTF-8.", _SAVE_AS_UTF8))
        return None, findings
    if data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8)
        findings.append(
            Finding(
                check=CHECK,
                severity=Severity.WARNING,
                message="The file starts with an invisible byte order mark (BOM).",
                place=start,
                excerpt=_first_line(data),
                advice="It does no harm here, but save the file as “UTF-8” rather than “UTF-8 with BOM”.",
            )
        )
    text = data.decode("utf-8", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    source = Source(file, tuple(text.split("\n")))
    findings += _not_utf8(data, source)
    findings += _odd_characters(text, source)
    return _OTHER_BREAKS.sub(" ", _CONTROL.sub(" ", text.replace(_BOM_ELSEWHERE, " "))), findings


def _looks_like_utf16(data: bytes) -> bool:
    """Whether much of every other byte is zero, and none of those between, as in UTF-16 without a BOM."""
    head = data[:256]
    zeros = sorted((head[0::2].count(0), head[1::2].count(0)))
    return zeros[0] == 0 and zeros[1] * 2 > len(head) // 2


def _first_line(data: bytes) -> str:
    return data[:300].decode("utf-8", errors="replace").splitlines()[0] if data.strip() else ""


def _not_utf8(data: bytes, source: Source) -> list[Finding]:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
        place = Place(source.file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        byte = data[problem.start : problem.start + 1]
        guess = byte.decode("cp1252", errors="ignore")
        meant = f" It would be “{guess}” in an old Windows encoding." if guess.isprintable() and guess else ""
        message = f"This file is not UTF-8 text: the byte 0x{byte.hex().upper()} stands here.{meant}"
        return [source.finding(place, message, check=CHECK, advice=_SAVE_AS_UTF8)]
    return []


def _odd_characters(text: str, source: Source) -> list[Finding]:
    findings = [
        source.finding(
            _place_at(text, match.start(), source.file),
            f"An invisible control character (U+{ord(match.group()):04X}) stands here; YAML forbids it.",
            check=CHECK,
            advice="Delete it. It often comes with text copied from a PDF or a word processor.",
        )
        for match, _ in zip(_CONTROL.finditer(text), range(MAX_REPORTED), strict=False)
    ]
    findings += [
        source.finding(
            _place_at(text, match.start(), source.file),
            f"An invisible line separator (U+{ord(match.group()):04X}) stands here; it is read as a blank.",
            check=CHECK,
            severity=Severity.WARNING,
            advice="Replace it with a blank or a normal line break.",
        )
        for match, _ in zip(_OTHER_BREAKS.finditer(text), range(MAX_REPORTED), strict=False)
    ]
    return findings


def _place_at(text: str, offset: int, file: str) -> Place:
    return Place(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _error(place: Place, message: str, advice: str) -> Finding:
    return Finding(check=CHECK, severity=Severity.ERROR, message=message, place=place, advice=advice)
