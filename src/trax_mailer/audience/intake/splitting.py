"""The addresses in a cell: one, or several with separators, and what people write around them."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"\s*(?::::|[;,|\n\r]|\s/\s|\s(?:and|et|y|und|or)\s)\s*|\s+(?=[^\s@]+@)")
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?:mailto:)?(?P<email>[^<>\s]+@[^<>\s]+)>", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_AROUND = " \t\r\n\u00a0\u200b\u200e\u200f\u2060\ufeff<>\"'.,;:"


def split_addresses(cell: str) -> list[tuple[str, str]]:
    """The addresses as written, each with the name that stands before it in “Ana Pop <ana@example.org>”.

    A cell with one address, whatever is wrong with it, comes back as one.
    """
    if cell.count("@") < 2 and "<" not in cell:
        return [("", _bare(cell))]
    named = [(match["name"].strip(_AROUND), match["email"]) for match in _NAMED.finditer(cell)]
    if named and not _NAMED.sub("", cell).strip(_AROUND):
        return named
    parts = [part for part in _BETWEEN.split(cell) if part and part.strip(_AROUND)]
    if len(parts) < 2 or not all("@" in part for part in parts):
        return [("", _bare(cell))]
    return [_named(part) for part in parts]


def _named(part: str) -> tuple[str, str]:
    match = _NAMED.fullmatch(part.strip())
    return (match["name"].strip(_AROUND), match["email"]) if match else ("", _bare(part))


def _bare(words: str) -> str:
    """Without `mailto:`, and without stops and brackets around it that are no part of an address."""
    if words.isascii() and words[:1].isalnum() and words[-1:].isalnum() and ":" not in words:
        return words
    return _MAILTO.sub("", words.strip(_AROUND), count=1)
