"""What kind of mail a message is, and the reports in it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from enum import StrEnum

from trax_mailer.events.mail.answers import asks_to_leave, is_auto_reply, is_challenge
from trax_mailer.events.mail.delivery_status import has_delivery_status, read_delivery_status
from trax_mailer.events.mail.feedback import feedback_in, read_feedback
from trax_mailer.events.mail.message import (
    Unusable,
    addresses_in,
    ids_in,
    mark_apart,
    moment_of,
    parse,
)
from trax_mailer.events.mail.plain_bounces import from_daemon, plain_text, read_plain_bounce
from trax_mailer.events.mail.returned import Returned, returned_in, returned_in_text
from trax_mailer.events.mail.told import Told
from trax_mailer.events.matching import parts_of
from trax_mailer.events.report import Report, act_of_reader

_MOST_REPORTS = 20
"""In one message: each copy of ours has one recipient, so that more would be somebody's invention."""


class MailKind(StrEnum):
    """What a message in the mailbox is."""

    BOUNCE = "bounce"
    """A mail server reports on a message: failed, delayed or delivered."""
    COMPLAINT = "complaint"
    """A provider reports that a reader called a message unwanted."""
    LEAVING = "leaving"
    """Somebody asks to be taken off, by nothing but the subject."""
    AUTO_REPLY = "auto-reply"
    """A machine answered in somebody's place. No bounce."""
    CHALLENGE = "challenge"
    """Somebody's mail program wants the sender to prove to be a person. No bounce."""
    ANSWER = "answer"
    """Somebody answers a message of ours."""
    UNCLEAR = "unclear"
    """It looks like a report and cannot be understood; says why. A person should look."""
    OTHER = "other"
    """Anything else. Nothing is made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message: its kind, when it was written, the reports in it, and why nothing was made of it.

    `senders` are the addresses it says it comes from; they are shown and kept nowhere.
    """

    kind: MailKind
    at: dt.datetime
    reports: tuple[Report, ...] = ()
    reason: str = ""
    senders: tuple[str, ...] = field(default=(), repr=False)


def read_mail(content: bytes, *, now: dt.datetime) -> Mail:
    """Take the message for what it is. `now` stands where it has no date. Never raises for what is in it."""
    try:
        message = parse(content)
    except (Unusable, RecursionError) as error:
        reason = str(error) if isinstance(error, Unusable) else "its parts lie too deep"
        return Mail(kind=MailKind.UNCLEAR, at=now, reason=reason)
    sorted_out = _report(message, content, now=now) or _answer(message, now=now)
    return dataclasses.replace(sorted_out, senders=addresses_in(message, "From")[:1])


def _report(message: Message, content: bytes, *, now: dt.datetime) -> Mail | None:
    """The mail, where it is a report of whatever form; else None."""
    at, apart = moment_of(message, now), mark_apart(message, content)
    if fields := feedback_in(message):
        if complaint := read_feedback(fields):
            return _told_of(message, MailKind.COMPLAINT, [complaint], at=at, apart=apart)
        return Mail(kind=MailKind.OTHER, at=at, reason="a feedback report, and no complaint")
    if has_delivery_status(message) and (told := list(read_delivery_status(message))):
        return _told_of(message, MailKind.BOUNCE, told, at=at, apart=apart)
    if from_daemon(message) and not is_challenge(message):
        return _plain_bounce(message, at=at, apart=apart)
    if message.get_content_type() == "multipart/report":
        return _unclear(at, "it is a report, and no group of its fields says what happened")
    return None


def _plain_bounce(message: Message, *, at: dt.datetime, apart: str) -> Mail | None:
    try:
        told = read_plain_bounce(message)
    except Unusable as error:
        return _unclear(at, str(error))
    if told:
        return _told_of(message, MailKind.BOUNCE, told, at=at, apart=apart)
    if _ours(_answered(message)) and is_auto_reply(message):
        return None  # a postmaster may be away, too
    return _unclear(at, "a mail system wrote it, in no form that is known")


def _told_of(message: Message, kind: MailKind, told: Iterable[Told], *, at: dt.datetime, apart: str) -> Mail:
    back = returned_in(message)
    ids = _ours([*back.message_ids, *returned_in_text(plain_text(message)).message_ids]) or _ours(
        _answered(message)
    )
    reports = [
        _as_report(one, message_id, back, at=at, apart=apart) for one in told for message_id in ids or [""]
    ]
    if not ids and not any(one.addresses or one.tokens for one in reports):
        return _unclear(at, "it names neither a message of ours nor an address")
    return Mail(kind=kind, at=at, reports=tuple(reports[:_MOST_REPORTS]))


def _as_report(told: Told, message_id: str, back: Returned, *, at: dt.datetime, apart: str) -> Report:
    return Report(
        message_id=message_id,
        kind=told.kind,
        occurred_at=at,
        apart=apart,
        reason=told.reason,
        addresses=tuple(dict.fromkeys((*told.addresses, *back.addresses))),
        tokens=back.tokens,
    )


def _answer(message: Message, *, now: dt.datetime) -> Mail:
    at, ids = moment_of(message, now), _ours(_answered(message))
    acts = tuple(act_of_reader(one, at=at) for one in ids)
    if is_challenge(message):
        kind = MailKind.CHALLENGE
    elif is_auto_reply(message):
        kind = MailKind.AUTO_REPLY
    elif asks_to_leave(message):
        kind = MailKind.LEAVING
    else:
        kind = MailKind.ANSWER if ids else MailKind.OTHER
    return Mail(kind=kind, at=at, reports=acts)


def _answered(message: Message) -> list[str]:
    return ids_in(message, "In-Reply-To", "References")


def _ours(message_ids: Iterable[str]) -> list[str]:
    """Those that have the form of ours, whichever ledger's they are."""
    return sorted({one for one in message_ids if parts_of(one) is not None})[:_MOST_REPORTS]


def _unclear(at: dt.datetime, reason: str) -> Mail:
    return Mail(kind=MailKind.UNCLEAR, at=at, reason=reason)
