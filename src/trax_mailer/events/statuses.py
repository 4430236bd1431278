"""What the status code of a refusal says about the address (RFC 3463)."""

from __future__ import annotations

from trax_mailer.model.event import EventKind

_NOT_THE_ADDRESS = ("4.", "5.2.2", "5.2.3", "5.3.", "5.4.", "5.7.")
"""For now, mailbox full, message too long, system, routing, policy: the address itself may be fine."""


def refusal_of(status: str) -> EventKind:
    """Bounced, or blocked where the code does not speak of the address. Without a code: bounced."""
    return EventKind.BLOCKED if status.strip().startswith(_NOT_THE_ADDRESS) else EventKind.BOUNCED
