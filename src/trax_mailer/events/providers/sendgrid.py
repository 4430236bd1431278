"""SendGrid's signed event webhook: whose signature it is, and what stands in the body.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trax_mailer.errors import BadWorkspace
from trax_mailer.events.providers.base import Unreadable
from trax_mailer.events.providers.sendgrid_entries import read_entry
from trax_mailer.events.report import Posted

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


class SendGridEvents:
    """Reads the events of one account, whose public verification key is `key`: base64 of SPKI."""

    name = "sendgrid"

    def __init__(self, key: str) -> None:
        self._key = _public_key(key)

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether SendGrid signed timestamp and body: ECDSA over P-256 with SHA-256.

        Any age will do: SendGrid tries again for a day, and the same events again change nothing.
        """
        signature, timestamp = headers.get(SIGNATURE, ""), headers.get(TIMESTAMP, "")
        if not signature or not timestamp:
            return False
        try:
            signed = base64.b64decode(signature, validate=True)
            self._key.verify(signed, timestamp.encode("latin-1") + body, ec.ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True

    def read(self, body: bytes) -> Iterator[Posted]:
        """What carries a mark of ours, what is about the account, and bounces that carry nothing at all.

        What other programs of the account did is left out.
        """
        entries = _entries_in(body)
        if not isinstance(entries, list):
            raise Unreadable("the body is no array of events")
        return (posted for entry in entries if (posted := read_entry(entry)) is not None)


def _public_key(key: str) -> ec.EllipticCurvePublicKey:
    lines = [line.strip() for line in key.splitlines()]
    packed = "".join("".join(line.split()) for line in lines if not line.startswith("-----"))
    try:
        loaded = load_der_public_key(base64.b64decode(packed, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        loaded = None
    if not isinstance(loaded, ec.EllipticCurvePublicKey) or not isinstance(loaded.curve, ec.SECP256R1):
        raise BadWorkspace(
            "sendgrid.webhook_key in trax.yaml is no verification key of SendGrid's event webhook.",
            advice="Copy the whole “Verification Key” from SendGrid: Settings, Mail Settings, Event Webhook. "
            "It begins with MFkwEwYH.",
        )
    return loaded


def _entries_in(body: bytes) -> object:
    """The JSON in the body. Raises Unreadable."""
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(body)
    try:
        # A reader's server may have spoken any encoding: that must not cost the other events.
        return json.loads(body.decode("utf-8-sig", "replace"), parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the body is no JSON: {error}") from None


def _whole(digits: str) -> int:
    """Python refuses to read a number of thousands of digits; no event needs one."""
    return int(digits) if len(digits) < 20 else 0
