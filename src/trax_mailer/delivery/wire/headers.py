"""Header fields as lines of a message (RFC 5322 §2.2), encoded with the standard library (RFC 2047)."""

from __future__ import annotations

import textwrap
from email.header import Header
from email.utils import quote

from trax_mailer.delivery.addresses import ascii_domain
from trax_mailer.model.edition import SlotContext
from trax_mailer.model.filling import escape_for

_WIDTH = 76


def clean(words: str) -> str:
    """`words` on one line, without control characters: they can never start a header of their own."""
    return escape_for(words, SlotContext.HEADER)


def words_header(name: str, words: str) -> bytes:
    """A header of free words, such as Subject: folded at blanks, encoded where it is not plain ASCII."""
    words = clean(words)
    line = f"{name}: {words}"
    if words and len(line) <= _WIDTH and _is_plain(words):
        return f"{line}\r\n".encode("ascii")
    lines = textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
    if not _is_plain(words) or max(map(len, lines)) > _WIDTH:
        lines = [f"{name}: {_encoded(words, name)}"]
    return ("\r\n ".join(lines) + "\r\n").encode("ascii")


def address_header(name: str, display_name: str, email: str) -> bytes:
    """A header of one mailbox, such as From. UTF-8 only where the local part needs it (RFC 6532)."""
    display_name = clean(display_name)
    address = ascii_domain(email)
    if not display_name:
        return f"{name}: {address}\r\n".encode()
    quoted = f'"{quote(display_name)}"'
    words = quoted if _is_plain(quoted) and len(quoted) <= 68 else _encoded(display_name, name)
    line = f"{name}: {words}"
    room = _WIDTH - len(line.rpartition("\r\n")[2])
    gap = " " if len(address) + 3 <= room else "\r\n "
    return f"{line}{gap}<{address}>\r\n".encode()


def _is_plain(words: str) -> bool:
    return words.isascii() and "=?" not in words


def _encoded(words: str, name: str) -> str:
    return Header(words, "utf-8", maxlinelen=_WIDTH, header_name=name).encode(linesep="\r\n")
