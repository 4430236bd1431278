"""The headers by which mail programs and mailbox providers know a newsletter and let its reader leave."""

from __future__ import annotations

import re

from trax_mailer.delivery.letter import Letter
from trax_mailer.model.mailing import Recipient


def list_headers(letter: Letter) -> dict[str, str]:
    """What is the same for all readers: List-Id (RFC 2919), Feedback-ID, Content-Language (RFC 3282)."""
    return {
        "List-Id": f"<{letter.envelope.list_id}>",
        "Feedback-ID": _feedback_id(letter),
        "Content-Language": letter.edition.language,
    }


def leaving_headers(recipient: Recipient) -> dict[str, str]:
    """What lets the reader leave with one click: exactly one HTTPS address (RFC 2369, RFC 8058 §3.1).

    Nothing where there is nothing to leave, as in a mail with a link to one's own data.
    """
    if not recipient.unsubscribe_url:
        return {}
    return {
        "List-Unsubscribe": f"<{recipient.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _feedback_id(letter: Letter) -> str:
    """`edition:list:kind:sender`; the sender is stable and of 5 to 15 characters, no reader is in it."""
    sender = _ascii_word(letter.envelope.list_id)[:15].ljust(5, "-")
    words = _ascii_word(letter.envelope.list_name)[:30] or "list"
    return f"{letter.edition_hash[:12]}:{words}:newsletter:{sender}"


def _ascii_word(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
