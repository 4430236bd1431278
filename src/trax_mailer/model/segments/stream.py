"""The tokens of a segment, read from left to right, with the problems found on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from trax_mailer.model.segments.tokens import Problem, Token

MAX_DEPTH = 20
MAX_PROBLEMS = 50


class Unclear(Exception):
    """A condition that is none; `token` is where, None for the end of the words."""

    def __init__(self, token: Token | None, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.token = token
        self.message = message
        self.advice = advice


class Stream:
    """Tokens with a place to read on from; `problems` grows as they are read."""

    def __init__(self, tokens: Sequence[Token], *, zone: dt.tzinfo) -> None:
        self._tokens = tokens
        self._at = 0
        self.zone = zone
        self.problems: list[Problem] = []

    @property
    def here(self) -> Token | None:
        """The next token; None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    @property
    def before(self) -> Token | None:
        """The token that was read last."""
        return self._tokens[self._at - 1] if self._at else None

    def words_ahead(self, count: int) -> tuple[str, ...]:
        """The next so many words, in small letters; an empty one for what is no word."""
        return tuple(token.word for token in self._tokens[self._at : self._at + count])

    def ends_condition(self, ahead: int = 0) -> bool:
        """Whether a condition ends so many tokens ahead: at and, or, a closing bracket or the end."""
        at = self._at + ahead
        return (
            at >= len(self._tokens) or self._tokens[at].is_mark(")") or self._tokens[at].word in {"and", "or"}
        )

    def take(self) -> Token:
        """The next token, which is there; the one after it comes next."""
        token = self._tokens[self._at]
        self._at += 1
        return token

    def note(self, token: Token | None, message: str, advice: str) -> None:
        """A problem at that token, or at the last one where the words end too early."""
        at = token or (self._tokens[-1] if self._tokens else None)
        if len(self.problems) < MAX_PROBLEMS:
            problem = Problem(
                offset=at.offset if at else 0,
                written=at.written if at else "",
                message=message,
                advice=advice,
            )
            self.problems.append(problem)

    def skip_condition(self) -> None:
        """Go to where the next condition may begin, over brackets that were opened on the way."""
        open_brackets = 0
        while self.here is not None:
            if not open_brackets and self.ends_condition():
                return
            token = self.take()
            open_brackets += token.is_mark("(", "[")
            open_brackets -= bool(open_brackets) and token.is_mark(")", "]")
