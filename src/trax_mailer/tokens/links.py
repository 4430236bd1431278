"""The link token: 52 characters of a link that was mailed to one person, for one purpose, for a while.

Layout, big-endian, before base64url (39 bytes): key id 2, purpose 1, subscriber 6, number 5, seconds since
1970 6, a mark of the address 4, then 15 bytes of HMAC-SHA256 over those 24.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import re
from dataclasses import dataclass
from enum import IntEnum

from trax_mailer.tokens.keyring import KeyRing

_PURPOSE = b"trax link token 1\x00"
_MARK = b"trax link address 1\x00"
_FORM = re.compile(r"[A-Za-z0-9_-]{52}", re.ASCII)
_BODY_BYTES, _MAC_BYTES, _MARK_BYTES = 24, 15, 4
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class LinkPurpose(IntEnum):
    """What a link is good for, and for nothing else."""

    CONFIRM = 1
    """To confirm a subscription; `number` is the act by which it was asked for."""
    OWN_DATA = 2
    """To one's own data; `number` is 0."""
    NEW_ADDRESS = 3
    """To move to the address it was mailed to; `number` is the notice that carries it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkToken:
    """What a link token stands for. `mark` belongs to the reader's address as it was then."""

    key_id: int
    purpose: LinkPurpose
    subscriber_id: int
    number: int
    made_at: dt.datetime
    mark: bytes

    def is_for(self, ring: KeyRing, address: str) -> bool:
        """Whether it was made for the reader with that address, given by its key."""
        key = ring.find(self.key_id)
        return key is not None and hmac.compare_digest(self.mark, _mark(key.secret, address))

    def is_fresh(self, now: dt.datetime, *, lasts: dt.timedelta) -> bool:
        """Whether it was made not longer ago than that."""
        return now - self.made_at <= lasts


def mint_link_token(
    ring: KeyRing,
    purpose: LinkPurpose,
    *,
    subscriber_id: int,
    address: str,
    now: dt.datetime,
    number: int = 0,
) -> str:
    """A token of 52 URL-safe characters; `address` is the key of the reader's address now."""
    key = ring.current
    body = b"".join(
        (
            key.id.to_bytes(2, "big"),
            purpose.to_bytes(1, "big"),
            subscriber_id.to_bytes(6, "big"),
            number.to_bytes(5, "big"),
            int((now - _EPOCH).total_seconds()).to_bytes(6, "big"),
            _mark(key.secret, address),
        )
    )
    return base64.urlsafe_b64encode(body + _seal(key.secret, body)).decode("ascii")


def read_link_token(ring: KeyRing, token: str) -> LinkToken | None:
    """What the token stands for, or None where it was not minted with a key of this ring. Not: in time."""
    if _FORM.fullmatch(token) is None:
        return None
    raw = base64.urlsafe_b64decode(token)
    body, seal = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
    key = ring.find(int.from_bytes(body[:2], "big"))
    if key is None or not hmac.compare_digest(seal, _seal(key.secret, body)):
        return None
    return LinkToken(
        key_id=key.id,
        purpose=LinkPurpose(body[2]),
        subscriber_id=int.from_bytes(body[3:9], "big"),
        number=int.from_bytes(body[9:14], "big"),
        made_at=_EPOCH + dt.timedelta(seconds=int.from_bytes(body[14:20], "big")),
        mark=body[20:24],
    )


def _mark(secret: bytes, address: str) -> bytes:
    return hmac.digest(secret, _MARK + address.encode(), "sha256")[:_MARK_BYTES]


def _seal(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE + body, "sha256")[:_MAC_BYTES]
