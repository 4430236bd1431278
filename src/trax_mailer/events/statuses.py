"""What the status code of a refusal says about the address (RFC 3463)."""

from __future__ import annotations

from trax_mailer.model.event import EventKind
from trax_mailer.model.refusal import ABOUT_THE_ADDRESS, status_in

_NOT_THE_ADDRESS = ("4.", "5.2.2", "5.2.3", "5.3.", "5.4.", "5.7.")
"""For now, mailbox full, message too long, system, routing, policy: the address itself may be fine."""


def refusal_of(status: str) -> EventKind:
    """Bounced, or blocked where the code does not speak of the address. Without a code: bounced."""
    code = status.strip()
    if status_in(code) in ABOUT_THE_ADDRESS:
        return EventKind.BOUNCED
    return EventKind.BLOCKED if code.startswith(_NOT_THE_ADDRESS) else EventKind.BOUNCED


def status_of(said: str, words: str) -> str:
    """The code that was said, or the one in the server's own words where that says more.

    Many relays report 5.0.0 for whatever the other server answered (RFC 3463 §3.1: “other or undefined”).
    """
    own = status_in(said)
    if not own or own.endswith(".0.0"):
        return status_in(words) or own
    return own


def with_status(status: str, words: str) -> str:
    """The words, beginning with the code where they name another one first, or none."""
    code = status_in(status)
    if not code or code.endswith(".0.0") or status_in(words) == code:
        return words
    return f"{code} {words}".strip()
