"""Mail about our mail: delivery reports (RFC 3464) and answers, in a Maildir, an mbox or a file.

A report belongs to a delivery where it holds our Message-ID: in the returned message or its headers, or in
its own In-Reply-To or References. An answer of any kind proves that the message was taken.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import mailbox
import re
from collections.abc import Iterable, Iterator
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from trax_mailer.errors import BadFile
from trax_mailer.events.reading import unreadable
from trax_mailer.events.report import Report, act_of_reader
from trax_mailer.events.statuses import refusal_of
from trax_mailer.events.words import clean_words
from trax_mailer.model.event import EventKind

_IDS = re.compile(r"<([^<>\s]+)>")
_ACTIONS = {
    "failed": EventKind.BOUNCED,
    "delayed": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "expanded": EventKind.DELIVERED,
    "relayed": EventKind.PROCESSED,
}
_RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
_HEADERS = {"content-type", "date", "from", "message-id", "received", "return-path", "subject", "to"}
_REPORTED = {"message/delivery-status", "message/global-delivery-status"}


def read_mailbox(path: Path, *, mark: str, now: dt.datetime) -> Iterator[Report]:
    """The reports about messages whose Message-ID ends in `mark`. Changes nothing in the mailbox.

    `now` stands where a message has no date. Raises BadFile.
    """
    for message in _messages(path):
        yield from _reports(message, mark=mark, now=now)


def _messages(path: Path) -> Iterator[Message]:
    try:
        if path.is_dir():
            yield from _maildir(path)
        else:
            with path.open("rb") as file:
                is_mbox = file.read(5) == b"From "
            yield from _mbox(path) if is_mbox else _one(path)
    except OSError as error:
        raise unreadable(path, error) from None


def _one(path: Path) -> Iterator[Message]:
    if not (content := path.read_bytes()).strip():
        return  # an mbox that was emptied
    message = _parse(content)
    if not _HEADERS.intersection(name.lower() for name in message):
        raise BadFile(
            f"{path} is neither a mailbox nor a message: it has no header of one.",
            advice="Give a Maildir, an mbox file, or one message as a file.",
        )
    yield message


def _maildir(path: Path) -> Iterator[Message]:
    if not (path / "cur").is_dir() or not (path / "new").is_dir():
        raise BadFile(
            f"{path} is no Maildir: it has no folders “cur” and “new”.",
            advice="Give a Maildir, an mbox file, or one message as a file.",
        )
    for file in sorted([*(path / "new").iterdir(), *(path / "cur").iterdir()]):
        try:
            yield _parse(file.read_bytes())
        except FileNotFoundError:
            continue  # somebody's mail program moved it


def _mbox(path: Path) -> Iterator[Message]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield _parse(box.get_bytes(key))
    finally:
        box.close()


def _parse(content: bytes) -> Message:
    # compat32 reads headers only when asked, and takes any of them.
    return email.message_from_bytes(content, policy=email.policy.compat32)


def _reports(message: Message, *, mark: str, now: dt.datetime) -> Iterator[Report]:
    occurred_at = _date(message, now)
    statuses = [fields for part in message.walk() for fields in _fields(part)]
    if message.get_content_type() != "multipart/report" or not statuses:
        for message_id in _ours(_answered(message), mark):
            yield act_of_reader(message_id, at=occurred_at)
        return
    returned = [one for part in message.walk() for one in _returned(part)]
    apart = " ".join(_ids(message, "Message-ID")) or str(message.get("Date", ""))
    for message_id in _ours(returned, mark) or _ours(_answered(message), mark):
        for fields in statuses:
            kind = _ACTIONS.get(_field(fields, "Action").lower())
            if kind is not None:
                yield _report(fields, kind, message_id=message_id, occurred_at=occurred_at, apart=apart)


def _report(
    fields: Message, kind: EventKind, *, message_id: str, occurred_at: dt.datetime, apart: str
) -> Report:
    """The report of one recipient's fields (RFC 3464 §2.3)."""
    status = _field(fields, "Status")
    words = _value(_field(fields, "Diagnostic-Code")) or status
    recipient = _value(_field(fields, "Final-Recipient"))
    return Report(
        message_id=message_id,
        kind=refusal_of(status) if kind is EventKind.BOUNCED else kind,
        occurred_at=occurred_at,
        apart=apart,
        reason="" if kind is EventKind.PROCESSED else clean_words(words, address=recipient),
    )


def _fields(part: Message) -> list[Message]:
    """The groups of fields in a delivery report; the first one is about the message as a whole."""
    if part.get_content_type() not in _REPORTED:
        return []
    payload = part.get_payload()
    if part.get_content_type() == "message/delivery-status" and isinstance(payload, list):
        return [one for one in payload if isinstance(one, Message)]
    groups = re.split(r"\r?\n\r?\n", _text(part))
    return [email.message_from_string(group) for group in groups]


def _returned(part: Message) -> list[str]:
    """The Message-ID of the message that came back, whole or its headers alone."""
    if part.get_content_type() not in _RETURNED:
        return []
    payload = part.get_payload()
    if isinstance(payload, list):
        return [one for inner in payload if isinstance(inner, Message) for one in _ids(inner, "Message-ID")]
    return _ids(email.message_from_string(_text(part)), "Message-ID")


def _text(part: Message) -> str:
    """The body of a part, whatever its encoding."""
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content.decode("utf-8", "replace")
    payload = part.get_payload()
    if isinstance(payload, list):  # the parser takes unknown kinds of message/* for whole messages
        return "\n\n".join(inner.as_string() for inner in payload if isinstance(inner, Message))
    return str(payload)


def _answered(message: Message) -> list[str]:
    return [*_ids(message, "In-Reply-To"), *_ids(message, "References")]


def _ids(message: Message, name: str) -> list[str]:
    return [one for value in message.get_all(name, []) for one in _IDS.findall(str(value))]


def _ours(message_ids: Iterable[str], mark: str) -> list[str]:
    return sorted({one for one in message_ids if one.endswith(f".{mark}")})


def _field(fields: Message, name: str) -> str:
    return " ".join(str(fields.get(name, "")).split())


def _value(typed: str) -> str:
    """The value behind its type, as in “rfc822; ana@example.org” (RFC 3464 §2.1.2)."""
    return typed.partition(";")[2].strip() if ";" in typed else typed


def _date(message: Message, now: dt.datetime) -> dt.datetime:
    try:
        date = parsedate_to_datetime(str(message.get("Date", "")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return now
    return date.replace(tzinfo=dt.UTC) if date.tzinfo is None else date.astimezone(dt.UTC)
