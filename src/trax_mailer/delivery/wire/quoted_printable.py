"""Quoted-printable (RFC 2045 §6.7) for text that is cut into pieces, some of them filled per reader.

Every piece is encoded so that it begins and ends at the start of a line. Encoded pieces can then stand
one after another in any order and length, with no line over 76 characters.
"""

from __future__ import annotations

import re

_WIDTH = 75  # and a "=" at the end makes 76
SOFT_BREAK = b"=\r\n"
"""A line break that is none of the text's."""

_HARD_BREAK = b"\r\n"


def _code(byte: int) -> bytes:
    literal = byte in b" \t" or (33 <= byte <= 126 and byte != ord("="))
    return bytes([byte]) if literal else b"=%02X" % byte


_CODES = tuple(_code(byte) for byte in range(256))
_ONE_LINE = re.compile(rb"(?!\.)[!-<>-~ ]{0,%d}" % _WIDTH)
"""A line that needs no encoding: short, printable ASCII, no leading dot (RFC 5321 §4.5.2)."""


def encode(text: str, *, last: bool = False) -> bytes:
    """`text` as a piece of a quoted-printable body; each line feed becomes CRLF.

    `last` says that the body ends with this piece, so that no soft line break may follow it.
    """
    *lines, rest = text.encode().split(b"\n")
    pieces = [_encode_line(line, _HARD_BREAK) for line in lines]
    if rest:
        pieces.append(_encode_line(rest, b"" if last else SOFT_BREAK))
    return b"".join(pieces)


def _encode_line(line: bytes, ending: bytes) -> bytes:
    if _ONE_LINE.fullmatch(line) and not (ending != SOFT_BREAK and line.endswith(b" ")):
        return line + ending
    codes = [_CODES[byte] for byte in line]
    if ending != SOFT_BREAK and codes and codes[-1] in b" \t":
        codes[-1] = b"=%02X" % line[-1]  # RFC 2045 §6.7 rule 3: no blank at the end of a line
    joined = b"".join(codes)
    if len(joined) <= _WIDTH and not joined.startswith(b"."):
        return joined + ending
    rows, row = [], bytearray()
    for code in codes:
        if len(row) + len(code) > _WIDTH:
            rows.append(bytes(row))
            row.clear()
        # A line that begins with a dot would have to be doubled on its way (RFC 5321 §4.5.2).
        row += b"=2E" if code == b"." and not row else code
    rows.append(bytes(row))
    return SOFT_BREAK.join(rows) + ending
