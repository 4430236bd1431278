"""A segment's words cut into tokens, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from trax_mailer.model.segments.folding import fold

_BLANK = re.compile(r"\s+")
_WORD = re.compile(r"[^\s()\[\],\"“”„«»]+")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»", "‘": "’"}
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    MARK = "mark"
    """A bracket or a comma."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`text` is what it says; `written` is how it stands at `offset`, with its quotes."""

    kind: Kind
    text: str
    written: str
    offset: int

    @property
    def word(self) -> str:
        """The word in small letters; nothing for what is in quotes, or is no word."""
        return fold(self.text) if self.kind is Kind.WORD else ""

    def is_mark(self, *marks: str) -> bool:
        """Whether it is one of these brackets, or the comma."""
        return self.kind is Kind.MARK and self.text in marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong: `written` stands at `offset` of the words."""

    offset: int
    written: str
    message: str
    advice: str = ""


def cut(words: str) -> tuple[list[Token], list[Problem]]:
    """The tokens, and what is none."""
    tokens: list[Token] = []
    problems: list[Problem] = []
    if control := _CONTROL.search(words):
        message = f"An invisible control character (U+{ord(control.group()):04X}) stands here."
        return [], [Problem(offset=control.start(), written="", message=message, advice="Delete it.")]
    at = 0
    while at < len(words):
        if blank := _BLANK.match(words, at):
            at = blank.end()
            continue
        token, problem = _token(words, at)
        tokens.append(token)
        problems += [problem] if problem else []
        at += len(token.written)
    return tokens, problems


def _token(words: str, at: int) -> tuple[Token, Problem | None]:
    sign = words[at]
    if sign in _QUOTES:
        return _quoted(words, at, close=_QUOTES[sign])
    if word := _WORD.match(words, at):
        return Token(kind=Kind.WORD, text=word.group(), written=word.group(), offset=at), None
    if sign in "()[],":
        return Token(kind=Kind.MARK, text=sign, written=sign, offset=at), None
    message = f"The quotation mark {sign} closes nothing."
    return _stray(sign, at), Problem(offset=at, written=sign, message=message, advice="Delete it.")


def _quoted(words: str, at: int, *, close: str) -> tuple[Token, Problem | None]:
    inner = re.compile(f"((?:[^{close}]|{close}{close})*){close}").match(words, at + 1)
    if inner is None:
        problem = Problem(
            offset=at,
            written=words[at],
            message="The quotation mark that opens here is never closed.",
            advice="Close it at the end of the words.",
        )
        rest = words[at:]
        return Token(kind=Kind.QUOTED, text=rest[1:], written=rest, offset=at), problem
    text = " ".join(inner[1].replace(close * 2, close).split("\n"))
    return Token(kind=Kind.QUOTED, text=text, written=words[at : inner.end()], offset=at), None


def _stray(sign: str, at: int) -> Token:
    return Token(kind=Kind.WORD, text=sign, written=sign, offset=at)
