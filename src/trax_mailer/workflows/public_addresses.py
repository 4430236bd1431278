"""An address that somebody typed into a form."""

from __future__ import annotations

from trax_mailer.audience.addresses import Address, BadAddress, parse_address

__all__ = ["Address", "read_address"]


def read_address(words: str) -> Address | None:
    """The address, or None where the words are none. Looks nothing up."""
    try:
        return parse_address(words)
    except BadAddress:
        return None
