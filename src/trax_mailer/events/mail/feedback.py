"""Feedback-loop reports (RFC 5965, “ARF”): a reader pressed “this is spam”."""

from __future__ import annotations

import email
import email.policy
from email.message import Message

from trax_mailer.events.mail.message import addresses_in, field_of, own_parts, text_of
from trax_mailer.events.mail.told import Told
from trax_mailer.model.event import EventKind

_COMPLAINTS = {"abuse", "fraud"}
"""RFC 5965 §7.3. “virus” and “other” may come of machines, “not-spam” is the contrary (RFC 6430), and
“auth-failure” is about the sender's domain (RFC 6591): none of them says what the reader wants."""


def feedback_in(message: Message) -> Message | None:
    """The fields of the report, or None where the message is none."""
    for part in own_parts(message):
        if part.get_content_type() == "message/feedback-report":
            return email.message_from_string(text_of(part).lstrip(), policy=email.policy.compat32)
    return None


def read_feedback(fields: Message) -> Told | None:
    """The complaint, or None where the report is about something else than a reader's wish."""
    said = field_of(fields, "Feedback-Type").lower()
    if said not in _COMPLAINTS:
        return None
    return Told(
        kind=EventKind.COMPLAINED,
        reason=f"reported as {said}",
        addresses=addresses_in(fields, "Original-Rcpt-To", "Removal-Recipient"),
    )
