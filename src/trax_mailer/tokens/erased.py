"""The hash by which an erased person's address is known again, and never found from."""

from __future__ import annotations

import hmac

from trax_mailer.tokens.keyfile import Key

_PURPOSE = b"trax erased address 1\x00"


def hash_of_erased(key: Key, address: str) -> str:
    """HMAC-SHA256 of the address's normalised form, in 64 hex digits; none can tell it without the key."""
    return hmac.digest(key.secret, _PURPOSE + address.encode(), "sha256").hex()
