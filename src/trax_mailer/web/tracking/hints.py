"""What of a request tells machines from people; the rest of it is forgotten here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trax_mailer.model.agents import agent_class

_PURPOSE = frozenset({b"purpose", b"sec-purpose", b"x-purpose", b"x-moz"})
_PREFETCH = (b"prefetch", b"prerender", b"preview")


class Hints(NamedTuple):
    """The class of the program, and words on why it asked: `prefetch` where it said it was fetching ahead."""

    agent: str
    words: str


def hints_of(headers: Iterable[tuple[bytes, bytes]]) -> Hints:
    """The hints among the headers, whose names are in lower case."""
    user_agent, words = b"", ""
    for name, value in headers:
        if name == b"user-agent":
            user_agent = value
        elif name in _PURPOSE and any(word in value.lower() for word in _PREFETCH):
            words = "prefetch"
    return Hints(agent_class(user_agent.decode("latin-1")), words)
