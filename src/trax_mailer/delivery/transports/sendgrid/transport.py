"""The SendGrid transport: one call a batch, one personalization a reader."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trax_mailer.delivery.addresses import needs_smtputf8
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.transports.base import Answer, Closing, RecipientAnswer, Verdict
from trax_mailer.delivery.transports.sendgrid.account import check_account
from trax_mailer.delivery.transports.sendgrid.answers import answer_of
from trax_mailer.delivery.transports.sendgrid.body import (
    MOST_BYTES,
    personalization,
    shared_body,
    size_of,
)
from trax_mailer.delivery.transports.sendgrid.tags import MOST_BYTES as MOST_VALUE_BYTES
from trax_mailer.delivery.transports.sendgrid.tags import MOST_TAGS, open_slots, tag_letter
from trax_mailer.errors import ProviderError
from trax_mailer.model.finding import Finding
from trax_mailer.model.mailing import Recipient
from trax_mailer.providers.sendgrid.client import (
    NoAnswer,
    NotConnected,
    call,
    is_this_machine,
    open_client,
)
from trax_mailer.settings import SendGridSettings


class SendGridTransport(Closing):
    """Sends through POST /v3/mail/send with the key of the settings."""

    name = "sendgrid"
    simulated = False
    by_domain = False

    def __init__(self, settings: SendGridSettings) -> None:
        self._client = open_client(settings)
        self.rehearsal = is_this_machine(settings)
        self.window = self.batch_size = min(max(settings.batch_size, 1), 1000)
        self.lanes = settings.lanes
        self.rate = settings.rate
        self._letter: Letter | None = None

    def preflight(self, from_email: str) -> list[Finding]:
        """Ask whether the key may send, and whether the sender is verified."""
        account = check_account(self._client, from_email)
        self.reads_suppressions = account.reads_suppressions
        return account.findings

    def open(self, letter: Letter) -> None:
        """Check that the letter fits into a call. Raises ProviderError."""
        if len(open_slots(letter)) > MOST_TAGS:
            raise ProviderError(
                f"The issue uses more than {MOST_TAGS} different merge values, which is SendGrid's limit.",
                advice="Use fewer different merge fields and defaults.",
            )
        if size_of(shared_body(letter, tag_letter(letter, []))) > MOST_BYTES // 2:
            raise ProviderError(
                "The issue with its pictures is too large for SendGrid.",
                advice="Set pictures: hosted, or make the pictures smaller.",
            )
        self._letter = letter

    def send(self, recipients: Sequence[Recipient], *, batch: int) -> Answer:
        """One call for all recipients that fit into it; the others are answered “not sent”, at once again."""
        if self._letter is None:
            raise RuntimeError("send was called before open")
        tagged = tag_letter(self._letter, recipients)
        body = shared_body(self._letter, tagged)
        room = MOST_BYTES - size_of(body)
        refused: dict[str, RecipientAnswer] = {}
        carried: dict[str, Recipient] = {}
        parts: list[dict[str, Any]] = []
        for recipient in recipients:
            part = personalization(self._letter, recipient, tagged=tagged, batch=batch)
            if reason := _impossible(recipient, part):
                refused[recipient.delivery] = RecipientAnswer(Verdict.REJECTED, reason)
                continue
            address = part["to"][0]["email"].casefold()
            room -= size_of(part) + 2
            # SendGrid refuses a call that names an address twice; the second one goes in the next call.
            if room > 0 and address not in carried and len(carried) < self.window:
                carried[address] = recipient
                parts.append(part)
        if not parts:
            return Answer(verdict=Verdict.NOT_SENT, retry_after=0, per_recipient=refused)
        answer = self._post(body | {"personalizations": parts}, list(carried.values()))
        return _for_all(answer, carried=list(carried.values()), refused=refused, asked=len(recipients))

    def close(self) -> None:
        """The package opens a connection a call; nothing is held."""

    def _post(self, body: dict[str, Any], recipients: list[Recipient]) -> Answer:
        try:
            reply = call(self._client.mail.send.post, request_body=body)
        except NotConnected as error:
            return Answer(verdict=Verdict.NOT_SENT, reason=f"SendGrid cannot be reached: {error}")
        except NoAnswer as error:
            return Answer(verdict=Verdict.UNCERTAIN, reason=f"SendGrid's answer was not seen: {error}")
        return answer_of(reply, recipients, now=time.time())


def _impossible(recipient: Recipient, part: dict[str, Any]) -> str:
    """Why SendGrid can never take that reader's part; empty where it can."""
    if needs_smtputf8(recipient.email):
        return "SendGrid cannot send to addresses with letters outside ASCII before the @"
    values = part.get("substitutions", {})
    if sum(len(tag) + len(value.encode()) for tag, value in values.items()) >= MOST_VALUE_BYTES:
        return f"the reader's merge values are longer than SendGrid's {MOST_VALUE_BYTES:,} bytes"
    return ""


def _for_all(
    answer: Answer, *, carried: list[Recipient], refused: dict[str, RecipientAnswer], asked: int
) -> Answer:
    """The answer of the call, extended to the recipients that it did not carry."""
    if len(carried) == asked:
        return answer
    if len(carried) + len(refused) == asked:
        return replace(answer, per_recipient={**answer.per_recipient, **refused})
    if answer.verdict is Verdict.REJECTED:
        return replace(answer, per_recipient=refused)
    seen = {recipient.delivery: answer.of(recipient.delivery) for recipient in carried}
    stays = answer.verdict in {Verdict.STOPPED, Verdict.THROTTLED, Verdict.NOT_SENT}
    return replace(
        answer,
        verdict=answer.verdict if stays else Verdict.NOT_SENT,
        retry_after=answer.retry_after if stays else 0,
        per_recipient={**seen, **refused},
    )
