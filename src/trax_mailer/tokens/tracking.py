"""The tracking token: 40 characters in the links of one copy of a mail.

Layout, big-endian, before base64url (RFC 4648 §5; 30 bytes leave no padding and no spare bits): key id 2,
what the mark is 1, mailing 5, mark 8, then 14 bytes of keyed BLAKE2s (RFC 7693 §2.9) over those 16, since
HMAC-SHA256 takes four times as long and every click waits for it. The mark is a random pseudonym, made as the
mail goes out and stored nowhere beside the reader, or, with the reader's consent alone, the subscriber's id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import struct
from collections.abc import Callable, Collection
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from trax_mailer.tokens.keyring import KeyRing

MARK_BYTES = 8

_PURPOSE = b"trax t 1"
_STANDARD = bytes.maketrans(b"-_", b"+/")
_FORM = re.compile(r"[A-Za-z0-9_-]{40}", re.ASCII)
_SIGNED_BYTES, _MAC_BYTES = 16, 14
_LAYOUT = struct.Struct(">HBBI8s")
_NOBODY = bytes(MARK_BYTES)


class MarkKind(IntEnum):
    """What the mark of a token is."""

    INERT = 0
    """Nothing: it stands in simulated mailings, and what is done with it is not kept."""
    PSEUDONYM = 1
    """Random; says only that two visits came from one copy."""
    READER = 2
    """The subscriber's id; good only while that reader's consent stands."""


_KINDS = {kind.value: kind for kind in MarkKind}


class TrackingToken(NamedTuple):
    """What a tracking token stands for."""

    mailing_id: int
    kind: MarkKind
    mark: bytes


def tracking_token_mint(
    ring: KeyRing, *, mailing_id: int, consenting: Collection[int] = frozenset(), inert: bool = False
) -> Callable[[int], str]:
    """What mints the tokens of many subscribers, with the key of this moment.

    Those in `consenting` get tokens with their id. All others get a new pseudonym with each call, which
    cannot be found again from the subscriber. Raises OverflowError for ids that no ledger reaches.
    """
    key = ring.current
    key_id, mailing = key.id.to_bytes(2, "big"), mailing_id.to_bytes(5, "big")
    starts = {kind: key_id + bytes([kind]) + mailing for kind in MarkKind}
    begun = _begun(key.secret)

    def mint(subscriber_id: int) -> str:
        if inert:
            signed = starts[MarkKind.INERT] + _NOBODY
        elif subscriber_id in consenting:
            signed = starts[MarkKind.READER] + subscriber_id.to_bytes(MARK_BYTES, "big")
        else:
            signed = starts[MarkKind.PSEUDONYM] + os.urandom(MARK_BYTES)
        seal = begun.copy()
        seal.update(signed)
        return base64.urlsafe_b64encode(signed + seal.digest()).decode("ascii")

    return mint


def read_tracking_token(ring: KeyRing, token: str) -> TrackingToken | None:
    """What the token stands for, or None where it was not minted with a key of this ring."""
    if _FORM.fullmatch(token) is None:
        return None
    raw = binascii.a2b_base64(token.encode("ascii").translate(_STANDARD))
    signed, seal = raw[:_SIGNED_BYTES], raw[_SIGNED_BYTES:]
    key_id, marked, above, mailing_id, mark = _LAYOUT.unpack(signed)
    key, kind = ring.find(key_id), _KINDS.get(marked)
    if key is None or kind is None:
        return None
    expected = _begun(key.secret).copy()
    expected.update(signed)
    if not hmac.compare_digest(seal, expected.digest()):
        return None
    return TrackingToken(above << 32 | mailing_id, kind, mark)


@lru_cache(maxsize=64)
def _begun(secret: bytes) -> hashlib.blake2s:
    return hashlib.blake2s(key=secret, digest_size=_MAC_BYTES, person=_PURPOSE)
