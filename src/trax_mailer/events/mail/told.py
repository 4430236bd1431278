"""What one piece of mail tells of one recipient, before it is known which message it is about."""

from __future__ import annotations

from dataclasses import dataclass, field

from trax_mailer.model.event import EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Its kind, the server's words without addresses, and whom it names."""

    kind: EventKind
    reason: str = ""
    addresses: tuple[str, ...] = field(default=(), repr=False)
