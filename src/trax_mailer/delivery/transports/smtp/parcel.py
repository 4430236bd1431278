"""A message on its way, with its envelope as the commands that a mail server gets (RFC 5321 §3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from trax_mailer.delivery.addresses import ascii_domain
from trax_mailer.delivery.transports.base import RecipientAnswer, Verdict
from trax_mailer.delivery.transports.smtp.replies import Reply
from trax_mailer.model.mailing import Recipient

_NOT_IN_A_PATH = re.compile(r"[\x00-\x20\x7f<>]")


@dataclass(slots=True)
class Parcel:
    """One recipient's message. `refusal` is the first reply that refused its envelope."""

    recipient: Recipient
    mail: bytes
    rcpt: bytes
    message: bytes
    refusal: Reply | None = None


@dataclass(frozen=True, slots=True)
class Packer:
    """Makes parcels of one letter: `message` gives a recipient's message, `sender` is the return path."""

    message: Callable[[Recipient], bytes]
    sender: str

    def pack(self, recipient: Recipient, *, extensions: frozenset[str]) -> Parcel | RecipientAnswer:
        """The parcel for a server with those extensions; an answer where there can be none."""
        address = ascii_domain(recipient.email)
        if _NOT_IN_A_PATH.search(address):
            return _never("no mail server understands this address")
        international = not (address.isascii() and self.sender.isascii())
        if international and "smtputf8" not in extensions:
            return _never("the mail server cannot handle this address: it offers no SMTPUTF8 (RFC 6531)")
        try:
            message = self.message(recipient)
            rcpt = f"RCPT TO:<{address}>\r\n".encode()
        except UnicodeEncodeError:
            return _never("the reader's fields hold half a character, which no message can carry")
        options = " SMTPUTF8 BODY=8BITMIME" if international else ""
        if "size" in extensions:
            options += f" SIZE={len(message)}"
        return Parcel(recipient, f"MAIL FROM:<{self.sender}>{options}\r\n".encode(), rcpt, message)


def _never(reason: str) -> RecipientAnswer:
    return RecipientAnswer(Verdict.REJECTED, reason)
