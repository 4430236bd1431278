"""What SendGrid's replies say besides their status: their errors, and when to call again.

https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
"""

from __future__ import annotations

import datetime as dt
import json
import math
from email.utils import parsedate_to_datetime

from trax_mailer.model.server_words import in_words
from trax_mailer.providers.sendgrid.client import Reply

MOST_SECONDS = 3600.0
"""No answer makes anybody wait longer, whatever it says."""


def error_words(reply: Reply) -> str:
    """The status and what SendGrid says about it; bodies that are no JSON are taken as words."""
    said = [f"{message} ({field})" if field else message for message, field in errors_in(reply)]
    return f"{reply.status} {in_words('; '.join(said))}".strip()


def errors_in(reply: Reply) -> list[tuple[str, str]]:
    """Pairs of message and field. The body may be anything."""
    try:
        entries = json.loads(reply.body)["errors"]
        pairs = [(str(entry["message"]), str(entry.get("field") or "")) for entry in entries]
    except (ValueError, TypeError, LookupError, AttributeError):
        return [(in_words(reply.body), "")]
    # Some answers spell a missing field as the word null.
    return [(message, "" if field == "null" else field) for message, field in pairs]


def seconds_to_wait(reply: Reply, *, now: float) -> float | None:
    """What a refusal for now says about later; at least a second, at most an hour."""
    reset = _reset_in(reply, now=now)
    wait = reset if reset is not None else retry_after(reply, now=now)
    return None if wait is None else max(wait, 1.0)


def hold_after(reply: Reply, *, now: float) -> float:
    """The seconds for which no call is left, by an answer that was a good one."""
    left = _number(reply.headers.get("x-ratelimit-remaining", ""))
    return (_reset_in(reply, now=now) or 0.0) if left is not None and left <= 0 else 0.0


def _reset_in(reply: Reply, *, now: float) -> float | None:
    """X-RateLimit-Reset is in seconds since the epoch."""
    reset = _number(reply.headers.get("x-ratelimit-reset", ""))
    return None if reset is None else _bounded(reset - now)


def retry_after(reply: Reply, *, now: float) -> float | None:
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
