"""Delivery reports in the standard form (RFC 3464, RFC 6533): one group of fields for each recipient."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message

from trax_mailer.events.mail.message import addresses_in, field_of, own_parts, text_of
from trax_mailer.events.mail.told import Told
from trax_mailer.events.statuses import refusal_of, status_of, with_status
from trax_mailer.model.event import EventKind
from trax_mailer.model.server_words import MOST_CHARACTERS, clean_words

_REPORTED = {"message/delivery-status", "message/global-delivery-status"}
_ACTIONS = {
    "failed": EventKind.BOUNCED,
    "error": EventKind.BOUNCED,  # OpenSMTPD
    "delayed": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "expanded": EventKind.DELIVERED,
    "relayed": EventKind.PROCESSED,
}
_RECIPIENTS = ("Original-Recipient", "Final-Recipient", "X-Actual-Recipient")


def has_delivery_status(message: Message) -> bool:
    """Whether the message itself is such a report, or holds one beside a gateway's footer."""
    return any(part.get_content_type() in _REPORTED for part in own_parts(message)) and any(
        part.get_content_type() == "multipart/report" for part in own_parts(message)
    )


def read_delivery_status(message: Message) -> Iterator[Told]:
    """What is told of each recipient. A group without an action that exists tells nothing."""
    failed = addresses_in(message, "X-Failed-Recipients")
    for part in own_parts(message):
        for fields in _groups(part):
            kind = _ACTIONS.get(field_of(fields, "Action").lower().partition(" ")[0])
            if kind is not None:
                yield _told(fields, kind, failed=failed)


def _told(fields: Message, kind: EventKind, *, failed: tuple[str, ...]) -> Told:
    recipients = tuple(
        one for name in _RECIPIENTS if "@" in (one := _value(field_of(fields, name)).strip("<>"))
    )
    diagnostic = _value(field_of(fields, "Diagnostic-Code"))
    status = status_of(field_of(fields, "Status"), diagnostic)
    words = clean_words(diagnostic or field_of(fields, "Status"), address=next(iter(recipients), ""))
    if kind is EventKind.BOUNCED:
        kind = refusal_of(status or field_of(fields, "Status"))
        words = with_status(status, words)[:MOST_CHARACTERS]
    return Told(
        kind=kind,
        reason="" if kind is EventKind.PROCESSED else words,
        addresses=recipients or failed,
    )


def _groups(part: Message) -> list[Message]:
    """The groups of fields in a delivery report; the first one is about the message as a whole."""
    if part.get_content_type() not in _REPORTED:
        return []
    payload = part.get_payload()
    plain = field_of(part, "Content-Transfer-Encoding").lower() not in {"base64", "quoted-printable"}
    if part.get_content_type() == "message/delivery-status" and isinstance(payload, list) and plain:
        return [one for one in payload if isinstance(one, Message)]
    groups = re.split(r"\r?\n(?:[ \t]*\r?\n)+", text_of(part))
    return [email.message_from_string(group, policy=email.policy.compat32) for group in groups]


def _value(typed: str) -> str:
    """The value behind its type, as in “rfc822; ana@example.org” (RFC 3464 §2.1.2)."""
    return typed.partition(";")[2].strip() if ";" in typed else typed
