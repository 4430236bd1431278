"""The body of POST /v3/mail/send, as a plain dict.

Limits: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations
"""

from __future__ import annotations

import base64
import json
from typing import Any

from trax_mailer.delivery.addresses import ascii_domain
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.list_headers import leaving_headers, list_headers
from trax_mailer.delivery.transports.sendgrid.tags import Tagged
from trax_mailer.delivery.wire.headers import clean
from trax_mailer.model.mailing import Recipient

MOST_BYTES = 28_000_000
"""Under SendGrid's 30 MB, with room for what is not counted here."""

_OFF = {"enable": False}
_NAME_MARKS = str.maketrans({";": " ", ",": " "})


def shared_body(letter: Letter, tagged: Tagged) -> dict[str, Any]:
    """Everything but the personalizations. Every tracking of SendGrid's own is switched off in it."""
    envelope = letter.envelope
    body: dict[str, Any] = {
        "from": _mailbox(envelope.from_email, clean(envelope.from_name)),
        "subject": clean(tagged.subject),
        "content": [
            {"type": "text/plain", "value": tagged.text},
            {"type": "text/html", "value": tagged.html},
        ],
        "categories": _categories(letter),
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": _OFF,
            "subscription_tracking": _OFF,
            "ganalytics": _OFF,
        },
    }
    if letter.requested:
        # Who left everything may ask for it again; bounces and spam reports are still heeded.
        body["mail_settings"] = {"bypass_unsubscribe_management": {"enable": True}}
    if envelope.reply_to:
        body["reply_to"] = _mailbox(envelope.reply_to, "")
    if letter.embedded and letter.edition.assets:
        body["attachments"] = [
            {
                "content": base64.b64encode(asset.data).decode("ascii"),
                "type": asset.media_type,
                "filename": asset.name,
                "disposition": "inline",
                "content_id": letter.content_id(asset),
            }
            for asset in letter.edition.assets
        ]
    return body


def personalization(letter: Letter, recipient: Recipient, *, tagged: Tagged, batch: int) -> dict[str, Any]:
    """One reader's part: their address, headers (no tag works there), values and our opaque ids.

    The ids come back with every event; `mark` says in one which ledger's delivery it is (`events.matching`).
    """
    name = " ".join(clean(recipient.name).translate(_NAME_MARKS).split())
    part: dict[str, Any] = {
        "to": [_mailbox(recipient.email, name)],
        "headers": list_headers(letter) | leaving_headers(recipient),
        "custom_args": {
            "mailing": recipient.delivery.partition(".")[0],
            "batch": str(batch),
            "delivery": recipient.delivery,
            "mark": recipient.message_id,
        },
    }
    if substitutions := tagged.substitutions(recipient):
        part["substitutions"] = substitutions
    return part


def size_of(part: dict[str, Any]) -> int:
    """How many bytes `part` takes in the request."""
    return len(json.dumps(part))


def _mailbox(email: str, name: str) -> dict[str, str]:
    mailbox = {"email": ascii_domain(email)}
    return mailbox | {"name": name} if name else mailbox


def _categories(letter: Letter) -> list[str]:
    """ASCII, at most 255 characters: the staff's words for the mailing in SendGrid's own figures."""
    return [letter.envelope.list_id[:255], f"edition-{letter.edition_hash[:12]}"]
