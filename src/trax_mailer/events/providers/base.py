"""What a provider of events is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from trax_mailer.events.report import Posted


class Unreadable(ValueError):
    """A body that is signed and yet not what the provider sends."""


class EventProvider(Protocol):
    """Reads what a provider posts. `name` stands in the ledger beside what it reported."""

    name: str

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the provider signed exactly these bytes. Header names are in lower case."""
        ...

    def read(self, body: bytes) -> Iterator[Posted]:
        """The events in a genuine body, in our words, as far as they can be of ours. Raises Unreadable."""
        ...
