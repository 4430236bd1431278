"""The SMTP transport: messages to a mail server, one after another on one connection (RFC 5321).

A complete 4xx or 5xx is an answer for that recipient. Before the dot that ends DATA is on its way nothing
can have been sent; from then on only the server's reply says whether it was.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence

from trax_mailer.delivery.addresses import ascii_domain, needs_smtputf8
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.transports.base import Answer, Closing, RecipientAnswer, Verdict, in_words
from trax_mailer.delivery.transports.smtp.connection import LOST, Unreachable, connect, is_loopback
from trax_mailer.delivery.wire import Skeleton, build_skeleton
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.mailing import Recipient
from trax_mailer.settings import SmtpSettings


class SmtpTransport(Closing):
    """Sends through the mail server of the settings, in windows of 64 recipients."""

    name = "smtp"
    simulated = False
    window = 64
    batch_size = 1000
    by_domain = True

    def __init__(self, settings: SmtpSettings) -> None:
        self.lanes = settings.lanes
        self.rate = settings.rate
        self._settings = settings
        self._skeleton: Skeleton | None = None
        self._sender = ""
        self._smtp: smtplib.SMTP | None = None

    @property
    def rehearsal(self) -> bool:
        """Whether the mail server is this machine."""
        return is_loopback(self._settings.host)

    def preflight(self, from_email: str) -> list[Finding]:
        """Connect, secure the connection, log in and name the sender; then take it back."""
        problems: list[str] = []
        if self._settings.security == "none" and not self.rehearsal:
            problems.append("smtp.security is none: mail and password would travel unencrypted")
        try:
            _, code, said = self._mail(ascii_domain(from_email))
            if code // 100 != 2:
                problems.append(f"the mail server refuses the sender {from_email}: {code} {in_words(said)}")
        except _Stop as stop:
            problems.append(stop.reason)
        finally:
            self.close()
        advice = "Check smtp in trax.yaml, and TRAX_SMTP_PASSWORD."
        return [
            Finding(check="transport", severity=Severity.ERROR, message=problem, advice=advice)
            for problem in problems
        ]

    def open(self, letter: Letter) -> None:
        """Encode the letter once. Connects when the first message goes."""
        self._skeleton = build_skeleton(letter, embedded=letter.embedded)
        self._sender = ascii_domain(letter.envelope.from_email)

    def send(self, recipients: Sequence[Recipient], *, batch: int) -> Answer:  # noqa: ARG002
        """One message a recipient. Where the connection ends, so does the call."""
        if self._skeleton is None:
            raise RuntimeError("send was called before open")
        answers: dict[str, RecipientAnswer] = {}
        for recipient in recipients:
            try:
                answers[recipient.delivery] = self._hand_over(recipient, self._skeleton.message(recipient))
            except _Stop as stop:
                if stop.this_one is not None:
                    answers[recipient.delivery] = stop.this_one
                return Answer(verdict=stop.verdict, reason=stop.reason, per_recipient=answers)
        return Answer(verdict=Verdict.ACCEPTED, per_recipient=answers)

    def close(self) -> None:
        """Say goodbye where there is a connection."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except LOST:
            smtp.close()

    def _hand_over(self, recipient: Recipient, message: bytes) -> RecipientAnswer:
        international = needs_smtputf8(recipient.email) or needs_smtputf8(self._sender)
        smtp, code, said = self._mail(self._sender, international=international, size=len(message))
        if smtp is None:
            reason = "the mail server cannot handle this address: it offers no SMTPUTF8 (RFC 6531)"
            return RecipientAnswer(Verdict.REJECTED, reason)
        if code // 100 != 2:
            # No recipient was named yet, so the sender, the size or the moment is refused: for everybody.
            self._reset(smtp, code)
            verdict = Verdict.STOPPED if code // 100 == 5 else Verdict.THROTTLED
            raise _Stop(verdict, f"the mail server refuses the message: {code} {in_words(said)}")
        try:
            for command, expected in ((f"RCPT TO:<{ascii_domain(recipient.email)}>", 2), ("DATA", 3)):
                code, said = smtp.docmd(command)
                if code // 100 != expected:
                    return self._refused(smtp, code, said)
            smtp.send(message)
        except LOST as error:
            self._drop()
            reason = f"the connection ended before the message did: {in_words(str(error))}"
            raise _Stop(Verdict.NOT_SENT, reason) from None
        return self._end(smtp)

    def _end(self, smtp: smtplib.SMTP) -> RecipientAnswer:
        """Send the dot, by itself: only from here on may the message have been taken (RFC 5321 §4.1.1.4)."""
        try:
            smtp.send(b".\r\n")
            code, said = smtp.getreply()
        except LOST as error:
            self._drop()
            unseen = RecipientAnswer(
                Verdict.UNCERTAIN, f"no answer after the message was handed over: {in_words(str(error))}"
            )
            raise _Stop(Verdict.NOT_SENT, "the mail server ended the connection", this_one=unseen) from None
        if code // 100 == 2:
            return RecipientAnswer(Verdict.ACCEPTED, in_words(said))
        if code // 100 in {4, 5}:
            return self._refused(smtp, code, said)
        self._drop()
        unclear = RecipientAnswer(Verdict.UNCERTAIN, f"the mail server's answer is unclear: {in_words(said)}")
        raise _Stop(Verdict.NOT_SENT, unclear.reason, this_one=unclear)

    def _refused(self, smtp: smtplib.SMTP, code: int, said: bytes) -> RecipientAnswer:
        words = f"{code} {in_words(said)}"
        if code // 100 not in {4, 5}:
            self._drop()
            raise _Stop(Verdict.NOT_SENT, f"the mail server's answer is unclear: {words}")
        self._reset(smtp, code)
        answer = RecipientAnswer(Verdict.THROTTLED if code // 100 == 4 else Verdict.REJECTED, words)
        if code == 421:  # The server is closing the connection (RFC 5321 §4.2.2).
            raise _Stop(Verdict.THROTTLED, words, this_one=answer)
        return answer

    def _mail(
        self, sender: str, *, international: bool = False, size: int = 0
    ) -> tuple[smtplib.SMTP | None, int, bytes]:
        """MAIL FROM, on a new connection where the old one has ended in the meantime.

        Gives no connection where the server lacks what an international address needs.
        """
        while True:
            reused = self._smtp is not None
            smtp = self._smtp or self._connect()
            if international and not smtp.has_extn("smtputf8"):
                return None, 0, b""
            options = ["SMTPUTF8", "BODY=8BITMIME"] if international else []
            if size and smtp.has_extn("size"):
                options.append(f"SIZE={size}")
            try:
                code, said = smtp.mail(sender, options)
            except LOST as error:
                self._drop()
                if not reused:
                    reason = f"the mail server closed the connection: {in_words(str(error))}"
                    raise _Stop(Verdict.NOT_SENT, reason) from None
                continue
            if code == 421 and reused:
                self._drop()
                continue
            return smtp, code, said

    def _connect(self) -> smtplib.SMTP:
        try:
            self._smtp = connect(self._settings)
        except Unreachable as error:
            raise _Stop(error.verdict, error.reason) from None
        return self._smtp

    def _reset(self, smtp: smtplib.SMTP, code: int) -> None:
        """Clear the transaction, so that the next message finds a clean connection."""
        if code == 421:
            self._drop()
            return
        try:
            smtp.rset()
        except LOST:
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


class _Stop(Exception):
    """The call ends here: `verdict` holds for the recipients to come, `this_one` for the one at hand."""

    def __init__(self, verdict: Verdict, reason: str, *, this_one: RecipientAnswer | None = None) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason
        self.this_one = this_one
