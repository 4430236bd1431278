"""What SendGrid's answers mean for the recipients of a call.

https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict, in_words
from trax_mailer.delivery.transports.sendgrid.client import Reply
from trax_mailer.model.mailing import Recipient

_NAMED = re.compile(r"personalizations?[.\[](\d+)")
_EXPLAINED = {
    200: "SendGrid's sandbox checked the call and sent nothing",
    401: "SendGrid does not accept the key, or its credits are used up",
    403: "SendGrid forbids it: the key's scopes, the sender, or a block",
    413: "the message is too large for SendGrid",
}

MOST_SECONDS = 3600.0
"""No answer makes anybody wait longer, whatever it says."""


def answer_of(reply: Reply, recipients: Sequence[Recipient], *, now: float) -> Answer:
    """The answer for the recipients of a call; `now` is in seconds since the epoch."""
    words = error_words(reply)
    match reply.status:
        case 202:
            reference = reply.headers.get("x-message-id", "")
            hold = _hold_after(reply, now=now)
            return Answer(verdict=Verdict.ACCEPTED, provider_reference=reference, hold=hold)
        case 400:
            return _bad_request(reply, recipients, words)
        case 408 | 429:
            wait = _seconds_to_wait(reply, now=now)
            return Answer(verdict=Verdict.THROTTLED, reason=words, retry_after=wait, hold=wait or 0.0)
        case 413 if len(recipients) > 1:
            return Answer(verdict=Verdict.REJECTED, reason=words)
        case status if status in _EXPLAINED or 400 <= status < 500:
            explained = f"{_EXPLAINED.get(status, 'SendGrid refuses the call')}: {words}"
            return Answer(verdict=Verdict.STOPPED, reason=explained)
    return Answer(
        verdict=Verdict.UNCERTAIN,
        reason=f"SendGrid's answer says nothing either way: {words}",
        hold=_retry_after(reply, now=now) or 0.0,
    )


def error_words(reply: Reply) -> str:
    """The status and what SendGrid says about it; bodies that are no JSON are taken as words."""
    said = [f"{message} ({field})" if field else message for message, field in _errors(reply)]
    return f"{reply.status} {in_words('; '.join(said))}".strip()


def _bad_request(reply: Reply, recipients: Sequence[Recipient], words: str) -> Answer:
    """A 400 names the personalization, or something shared by all, or nothing."""
    errors = _errors(reply)
    blamed: dict[str, RecipientAnswer] = {}
    for message, field in errors:
        named = _NAMED.search(field) or _NAMED.search(message)
        if named and int(named[1]) < len(recipients):
            delivery = recipients[int(named[1])].delivery
            blamed[delivery] = RecipientAnswer(Verdict.REJECTED, f"400 {in_words(message)}")
    if blamed:
        return Answer(verdict=Verdict.NOT_SENT, reason=words, retry_after=0, per_recipient=blamed)
    fields = [field for _, field in errors]
    if fields and all(fields) and not any(field.startswith("personalization") for field in fields):
        return Answer(verdict=Verdict.STOPPED, reason=words)
    return Answer(verdict=Verdict.REJECTED, reason=words)


def _errors(reply: Reply) -> list[tuple[str, str]]:
    """Pairs of message and field. The body may be anything."""
    try:
        entries = json.loads(reply.body)["errors"]
        pairs = [(str(entry["message"]), str(entry.get("field") or "")) for entry in entries]
    except (ValueError, TypeError, LookupError, AttributeError):
        return [(in_words(reply.body), "")]
    # Some answers spell a missing field as the word null.
    return [(message, "" if field == "null" else field) for message, field in pairs]


def _seconds_to_wait(reply: Reply, *, now: float) -> float | None:
    """What a refusal for now says about later; at least a second, at most an hour."""
    reset = _reset_in(reply, now=now)
    wait = reset if reset is not None else _retry_after(reply, now=now)
    return None if wait is None else max(wait, 1.0)


def _hold_after(reply: Reply, *, now: float) -> float:
    """The seconds for which no call is left, by an answer that was a good one."""
    left = _number(reply.headers.get("x-ratelimit-remaining", ""))
    return (_reset_in(reply, now=now) or 0.0) if left is not None and left <= 0 else 0.0


def _reset_in(reply: Reply, *, now: float) -> float | None:
    """X-RateLimit-Reset is in seconds since the epoch."""
    reset = _number(reply.headers.get("x-ratelimit-reset", ""))
    return None if reset is None else _bounded(reset - now)


def _retry_after(reply: Reply, *, now: float) -> float | None:
    """Retry-After is in seconds, or a date (RFC 9110 §10.2.3)."""
    said = reply.headers.get("retry-after", "")
    seconds = _number(said)
    if seconds is not None:
        return _bounded(seconds)
    try:
        date = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _bounded(date.replace(tzinfo=date.tzinfo or dt.UTC).timestamp() - now)


def _number(said: str) -> float | None:
    try:
        number = float(said)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), MOST_SECONDS)
