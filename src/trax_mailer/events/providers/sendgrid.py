"""SendGrid's signed event webhook.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event and
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trax_mailer.errors import BadWorkspace
from trax_mailer.events.providers.base import Unreadable
from trax_mailer.events.report import Report, act_of_reader
from trax_mailer.events.statuses import with_status
from trax_mailer.model.event import EventKind
from trax_mailer.model.refusal import INVALID_ADDRESS, status_in
from trax_mailer.model.server_words import MOST_CHARACTERS, clean_words

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

_KINDS = {
    "processed": EventKind.PROCESSED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounce": EventKind.BOUNCED,
    "dropped": EventKind.DROPPED,
    "spamreport": EventKind.COMPLAINED,
}
_REFUSALS = frozenset({EventKind.BOUNCED, EventKind.BLOCKED})
_BY_READER = frozenset({"open", "click", "unsubscribe", "group_unsubscribe", "group_resubscribe"})
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
"""The years 2000 to 2100, in seconds since the epoch."""


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

    def read(self, body: bytes) -> Iterator[Report]:
        """The reports about messages that carry a mark of ours. Anything else in the array is left out."""
        try:
            # A reader's server may have spoken any encoding: that must not cost the other events.
            entries = json.loads(body.decode("utf-8-sig", "replace"), parse_int=_whole)
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"the body is no JSON: {error}") from None
        if not isinstance(entries, list):
            raise Unreadable("the body is no array of events")
        return (report for entry in entries if (report := _report(entry)) is not None)


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


def _report(entry: object) -> Report | None:
    """The report of one event; None for what is not ours, not known, or not whole."""
    if not isinstance(entry, dict):
        return None
    event, message_id = entry.get("event"), entry.get("mark")
    seconds = _seconds(entry.get("timestamp"))
    if not isinstance(event, str) or not isinstance(message_id, str) or seconds is None:
        return None
    if event in _BY_READER:
        return act_of_reader(message_id, at=_moment(seconds))
    kind = _KINDS.get(event)
    if kind is None:
        return None
    if kind is EventKind.BOUNCED and entry.get("type") not in ("bounce", None):
        kind = EventKind.BLOCKED
    return Report(
        message_id=message_id,
        kind=kind,
        occurred_at=_moment(seconds),
        apart=f"{seconds} {entry.get('attempt', '')}",
        reason=_refusal(entry, kind) if kind in _REFUSALS else _words(entry),
    )


def _refusal(entry: dict[str, Any], kind: EventKind) -> str:
    """The server's words behind its code, or behind SendGrid's classification, where it gave none."""
    status, words = entry.get("status"), _words(entry)
    told = with_status(status if isinstance(status, str) else "", words)
    code = status_in(told)
    unclear = not code or code.endswith(".0.0")
    if unclear and kind is EventKind.BOUNCED and entry.get("bounce_classification") == INVALID_ADDRESS:
        told = f"{INVALID_ADDRESS}: {told}"
    return told[:MOST_CHARACTERS]


def _words(entry: dict[str, Any]) -> str:
    said = entry.get("reason") or entry.get("response")
    email = entry.get("email")
    return clean_words(said, address=email if isinstance(email, str) else "") if isinstance(said, str) else ""


def _whole(digits: str) -> int:
    """Python refuses to read a number of thousands of digits; no event needs one."""
    return int(digits) if len(digits) < 20 else 0


def _seconds(timestamp: object) -> int | None:
    """Whole seconds since the epoch, in a year that makes sense. Some events give them as a string."""
    try:
        seconds = int(timestamp) if isinstance(timestamp, int | float | str) else 0
    except (ValueError, OverflowError):
        return None
    return seconds if _EARLIEST <= seconds < _LATEST else None


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
