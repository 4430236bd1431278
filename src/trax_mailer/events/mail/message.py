"""Taking a message apart, whatever somebody made of it: bounded in size, depth and time."""

from __future__ import annotations

import binascii
import datetime as dt
import email
import email.policy
import hashlib
import quopri
import re
from collections.abc import Iterator
from email.errors import HeaderParseError, MissingHeaderBodySeparatorDefect
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

MOST_BYTES = 512 * 1024
"""So much of a message is read. Reports stand at its beginning, what they return at its end."""

MOST_PARTS = 100
_MOST_FRAMES = 60
_LONGEST_FIELD = 4_000
_FRAMES = re.compile(rb"boundary\s*=|message/(?:rfc822|global|partial)", re.IGNORECASE)
_IDS = re.compile(r"<([^<>\s]{1,998})>")
_CUT_CODES = {"base64", "quoted-printable"}


class Unusable(ValueError):
    """The message is made so that taking it apart would cost too much. Says how."""


def parse(content: bytes) -> Message:
    """The message in the first half megabyte. Raises Unusable for one of too many or too deep parts."""
    content = content[:MOST_BYTES]
    if sum(1 for _ in _FRAMES.finditer(content)) > _MOST_FRAMES:
        raise Unusable("it has too many parts within parts")
    # compat32 reads headers only when asked, and takes any of them.
    message = email.message_from_bytes(content, policy=email.policy.compat32)
    if sum(1 for _, _part in zip(range(MOST_PARTS + 1), own_parts(message), strict=False)) > MOST_PARTS:
        raise Unusable(f"it has more than {MOST_PARTS} parts")
    return message


def own_parts(message: Message) -> Iterator[Message]:
    """The message and its parts, without looking into a message that lies in it."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() != "message":
            waiting.extend(one for one in reversed(payload) if isinstance(one, Message))


def text_of(part: Message) -> str:
    """The body of a part, whatever its encoding and its kind."""
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return _decoded(content, part)
    payload = part.get_payload()
    if not isinstance(payload, list):
        return str(payload)
    # The parser takes every kind of message/* for messages or groups of fields, encoded or not.
    text = "\n\n".join(_as_it_came(inner) for inner in payload if isinstance(inner, Message))
    coding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if coding not in _CUT_CODES:
        return text
    raw = text.encode("ascii", "replace")
    try:
        return _decoded(quopri.decodestring(raw) if coding[0] == "q" else binascii.a2b_base64(raw), part)
    except binascii.Error:
        return text


def _as_it_came(inner: Message) -> str:
    """The text that was parsed; a line that is no header, among headers, stays in its place."""
    if not any(isinstance(one, MissingHeaderBodySeparatorDefect) for one in inner.defects):
        return inner.as_string()
    return "".join(f"{name}: {value}\n" for name, value in inner.items()) + str(inner.get_payload())


def field_of(fields: Message, name: str) -> str:
    """The first field of that name on one line; empty where there is none."""
    return " ".join(str(fields.get(name, ""))[:_LONGEST_FIELD].split())


def words_of(message: Message, name: str) -> str:
    """Like `field_of`, with encoded words (RFC 2047) and bare UTF-8 (RFC 6532) read."""
    bare = next((str(value) for one, value in message.raw_items() if one.lower() == name.lower()), "")
    raw = " ".join(
        bare[:_LONGEST_FIELD].encode("utf-8", "surrogateescape").decode("utf-8", "replace").split()
    )
    try:
        return " ".join(str(make_header(decode_header(raw))).split())
    except (ValueError, LookupError, HeaderParseError):
        return raw


def ids_in(message: Message, *names: str) -> list[str]:
    """The Message-IDs in these fields, without their brackets."""
    return [one for name in names for value in message.get_all(name, []) for one in _IDS.findall(str(value))]


def addresses_in(message: Message, *names: str) -> tuple[str, ...]:
    """The addresses in these fields."""
    values = [str(value)[:_LONGEST_FIELD] for name in names for value in message.get_all(name, [])]
    return tuple(address for _name, address in getaddresses(values) if "@" in address)


def moment_of(message: Message, now: dt.datetime) -> dt.datetime:
    """When it was written, or where nobody can read that, received; never later than now."""
    received = [str(value).rpartition(";")[2] for value in message.get_all("Received", [])[:1]]
    for said in (str(message.get("Date", "")), *received):
        try:
            date = parsedate_to_datetime(said)
            return min(date.replace(tzinfo=dt.UTC) if date.tzinfo is None else date.astimezone(dt.UTC), now)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return now


def mark_apart(message: Message, content: bytes) -> str:
    """What tells this message from any other, wherever it lies."""
    own = " ".join(ids_in(message, "Message-ID")) or str(message.get("Date", ""))
    return own or hashlib.sha256(content[:MOST_BYTES]).hexdigest()


def _decoded(content: bytes, part: Message) -> str:
    charset = part.get_content_charset("utf-8")
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
