"""What SendGrid's answers mean for the recipients of a call.

https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/responses
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Verdict
from trax_mailer.model.mailing import Recipient
from trax_mailer.model.server_words import in_words
from trax_mailer.providers.sendgrid.client import Reply
from trax_mailer.providers.sendgrid.replies import (
    error_words,
    errors_in,
    hold_after,
    retry_after,
    seconds_to_wait,
)

_NAMED = re.compile(r"personalizations?[.\[](\d+)")
_EXPLAINED = {
    200: "SendGrid's sandbox checked the call and sent nothing",
    401: "SendGrid does not accept the key, or its credits are used up",
    403: "SendGrid forbids it: the key's scopes, the sender, or a block",
    413: "the message is too large for SendGrid",
}


def answer_of(reply: Reply, recipients: Sequence[Recipient], *, now: float) -> Answer:
    """The answer for the recipients of a call; `now` is in seconds since the epoch."""
    words = error_words(reply)
    match reply.status:
        case 202:
            reference = reply.headers.get("x-message-id", "")
            hold = hold_after(reply, now=now)
            return Answer(verdict=Verdict.ACCEPTED, provider_reference=reference, hold=hold)
        case 400:
            return _bad_request(reply, recipients, words)
        case 408 | 429:
            wait = seconds_to_wait(reply, now=now)
            return Answer(verdict=Verdict.THROTTLED, reason=words, retry_after=wait, hold=wait or 0.0)
        case 413 if len(recipients) > 1:
            return Answer(verdict=Verdict.REJECTED, reason=words)
        case status if status in _EXPLAINED or 400 <= status < 500:
            explained = f"{_EXPLAINED.get(status, 'SendGrid refuses the call')}: {words}"
            return Answer(verdict=Verdict.STOPPED, reason=explained)
    return Answer(
        verdict=Verdict.UNCERTAIN,
        reason=f"SendGrid's answer says nothing either way: {words}",
        hold=retry_after(reply, now=now) or 0.0,
    )


def _bad_request(reply: Reply, recipients: Sequence[Recipient], words: str) -> Answer:
    """A 400 names the personalization, or something shared by all, or nothing."""
    errors = errors_in(reply)
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
