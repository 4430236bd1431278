"""The mail token: 44 characters that stand for one subscriber, one list and one mailing.

Layout, big-endian, before base64url (RFC 4648 §5; 33 bytes leave no padding and no spare bits):
key id 2, list 4, subscriber 6, mailing 5, then 16 bytes of HMAC-SHA256 over the purpose and those 17.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from trax_mailer.tokens.keyring import KeyRing

INERT_TOKEN = "preview"  # noqa: S105 - it opens nothing
"""Stands where a token would, in previews, test mails and simulated mailings. Never verifies."""

_PURPOSE = b"trax mail token 1\x00"
_FORM = re.compile(r"[A-Za-z0-9_-]{44}", re.ASCII)
_ID_BYTES, _MAC_BYTES = 17, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class MailToken:
    """What a mail token stands for."""

    list_id: int
    subscriber_id: int
    mailing_id: int


def mint_mail_token(ring: KeyRing, *, list_id: int, subscriber_id: int, mailing_id: int) -> str:
    """A token of 44 URL-safe characters. Raises OverflowError for ids that no ledger reaches."""
    return mail_token_mint(ring, list_id=list_id, mailing_id=mailing_id)(subscriber_id)


def mail_token_mint(ring: KeyRing, *, list_id: int, mailing_id: int) -> Callable[[int], str]:
    """What mints the tokens of many subscribers, with the key of this moment: less work for each of them."""
    key = ring.current
    start = key.id.to_bytes(2, "big") + list_id.to_bytes(4, "big")
    end = mailing_id.to_bytes(5, "big")
    begun = hmac.new(key.secret, _PURPOSE, "sha256")

    def mint(subscriber_id: int) -> str:
        ids = start + subscriber_id.to_bytes(6, "big") + end
        seal = begun.copy()
        seal.update(ids)
        return base64.urlsafe_b64encode(ids + seal.digest()[:_MAC_BYTES]).decode("ascii")

    return mint


def read_mail_token(ring: KeyRing, token: str) -> MailToken | None:
    """What the token stands for, or None where it was not minted with a key of this ring."""
    if _FORM.fullmatch(token) is None:
        return None
    raw = base64.urlsafe_b64decode(token)
    ids, seal = raw[:_ID_BYTES], raw[_ID_BYTES:]
    key = ring.find(int.from_bytes(ids[:2], "big"))
    if key is None or not hmac.compare_digest(seal, _seal(key.secret, ids)):
        return None
    return MailToken(
        list_id=int.from_bytes(ids[2:6], "big"),
        subscriber_id=int.from_bytes(ids[6:12], "big"),
        mailing_id=int.from_bytes(ids[12:17], "big"),
    )


def _seal(secret: bytes, ids: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE + ids, "sha256")[:_MAC_BYTES]
