"""The replies of a mail server (RFC 5321 §4.2), read from bytes that may arrive in any pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trax_mailer.model.server_words import WORDS_KEPT, in_words

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_LONGEST_LINE = 8192
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply. `words` are those of all its lines on one line, enhanced status code included."""

    code: int
    words: str

    @property
    def kind(self) -> int:
        """The first digit: 2 yes, 3 go on, 4 not now, 5 no."""
        return self.code // 100

    def __str__(self) -> str:
        return f"{self.code} {self.words}".rstrip()


class Garbled(Exception):
    """What arrived is no reply. From here on nobody can say which reply belongs to what."""


class ReplyReader:
    """Puts replies together."""

    def __init__(self) -> None:
        self._rest = b""
        self._code = b""
        self._said: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[Reply]:
        """The replies that `data` completes, in order. Raises Garbled, after the good ones."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            reply = self._take(line.removesuffix(b"\r"))
            if reply is not None:
                yield reply
        if len(self._rest) > _LONGEST_LINE:
            raise Garbled(in_words(self._rest[:_LONGEST_LINE]))

    def _take(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > _LONGEST_LINE or len(self._said) > _MOST_LINES:
            raise Garbled(in_words(line[:_LONGEST_LINE]))
        code, mark, words = match.groups()
        if self._code not in (b"", code):
            raise Garbled(in_words(line))
        self._said.append(words or b"")
        if mark == b"-":
            self._code = code
            return None
        said, self._said, self._code = b" ".join(self._said), [], b""
        return Reply(int(code), _words(said))


def _words(said: bytes) -> str:
    if said.isascii() and len(said) <= WORDS_KEPT:
        words = said.decode("ascii")
        if words.isprintable() and "  " not in words:
            return words.strip(" ")
    return in_words(said)
