"""What of a request tells machines from people; the rest of it is forgotten here."""

from __future__ import annotations

from collections.abc import Iterable

from trax_mailer.model.agents import agent_class

_AGENT = b"user-agent"
_TOLD = frozenset({_AGENT, b"purpose", b"sec-purpose", b"x-purpose", b"x-moz"})
_PREFETCH = (b"prefetch", b"prerender", b"preview")


def hints_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str]:
    """The class of the program, and words on why it asked: `prefetch` where it said it was fetching ahead.

    The names of headers are in lower case.
    """
    user_agent, words = b"", ""
    for name, value in headers:
        if name not in _TOLD:
            continue
        if name == _AGENT:
            user_agent = value
        elif any(word in value.lower() for word in _PREFETCH):
            words = "prefetch"
    return agent_class(user_agent.decode("latin-1")), words
