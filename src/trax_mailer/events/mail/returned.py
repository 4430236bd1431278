"""The message that a report gives back, whole or its headers alone: which one it was, and whose."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import Message

from trax_mailer.events.mail.message import addresses_in, ids_in, own_parts, text_of

_RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
_TOKEN = re.compile(r"/u/([A-Za-z0-9_-]{44})(?![A-Za-z0-9_-])", re.ASCII)
_ID_LINE = re.compile(r"^[>| \t]{0,8}Message-ID:\s{0,4}<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Message-IDs, addressees, and ways out of a list, as far as they came back."""

    message_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()


def returned_in(message: Message) -> Returned:
    """What came back in parts of their own (RFC 3462)."""
    heads = [one for part in own_parts(message) for one in _heads(part)]
    return Returned(
        message_ids=tuple(one for head in heads for one in ids_in(head, "Message-ID"))[:_MOST],
        addresses=tuple(
            one for head in heads for one in addresses_in(head, "To", "X-HmXmrOriginalRecipient")
        )[:_MOST],
        tokens=tuple(one for head in heads for one in _tokens(head))[:_MOST],
    )


def returned_in_text(text: str) -> Returned:
    """What a server copied into its own words, as qmail and old Exim do."""
    return Returned(message_ids=tuple(_ID_LINE.findall(text))[:_MOST])


def _heads(part: Message) -> list[Message]:
    if part.get_content_type() not in _RETURNED:
        return []
    payload = part.get_payload()
    if isinstance(payload, list) and part.get("Content-Transfer-Encoding", "").strip().lower() != "base64":
        return [inner for inner in payload if isinstance(inner, Message)]
    return [email.message_from_string(text_of(part), policy=email.policy.compat32)]


def _tokens(head: Message) -> list[str]:
    values = [str(value) for value in head.get_all("List-Unsubscribe", [])]
    return [one for value in values for one in _TOKEN.findall("".join(value.split()))]
