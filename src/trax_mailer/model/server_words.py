"""The words of mail servers and providers: on one line, and without the people in them."""

from __future__ import annotations

import re

MOST_CHARACTERS = 300
WORDS_KEPT = 400
"""So much of what a server says is kept as a reason, in characters."""
_MOST_READ = 4_000

_ADDRESS = re.compile(r"""(?:"[^"]{0,200}"|[^\s<>"'(),:;=]+)(?:@|%40)[^\s<>"'(),;]+""", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:[.-]\d{1,3}){3}(?![\w.]*\d)")
_IPV6 = re.compile(r"(?<![0-9a-z])(?:ipv6:)?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![0-9a-z])", re.IGNORECASE)


def clean_words(said: str, *, address: str = "") -> str:
    """What a server said, as one short line without addresses and IPs.

    `address` is the reader's, where it is known: servers name the part before the @ alone, too.
    """
    words = said[:_MOST_READ]
    # Most words hold nothing of each kind, and looking is quicker than searching.
    if not words.isprintable():
        words = "".join(one if one.isprintable() else " " for one in words)
    if "@" in words or "%40" in words:
        words = _ADDRESS.sub("…@…", words)
    if words.count(".") + words.count("-") >= 3:
        words = _IPV4.sub("…", words)
    if words.count(":") >= 2:
        words = _IPV6.sub("…", words)
    local = address.rpartition("@")[0]
    if len(local) > 1 and local.lower() in words.lower():
        words = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", "…", words, flags=re.IGNORECASE)
    return " ".join(words.split())[:MOST_CHARACTERS]


def in_words(said: bytes | str) -> str:
    """What a server said, as one short line of words."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    line = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(line.split())[:WORDS_KEPT]
