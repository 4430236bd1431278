"""The letter that is handed over: a real issue of this repository, rendered, with made-up readers."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

from trax_mailer.delivery import Letter, recipient_for
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import Envelope, Recipient
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.tokens import KeyRing, mint_mail_token
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.wiring import open_workspace

WORKSPACE = Path(__file__).parents[1]
SENT_AT = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)


@functools.cache
def real_edition() -> Edition:
    """Issue 58 as it goes out, rendered once a process."""
    _issue, edition, _findings = sendable(open_workspace(WORKSPACE), "58")
    return edition


def envelope(*, simulated: bool = False, public_url: str = "https://trax.example.org") -> Envelope:
    """An envelope that leads nowhere (RFC 2606)."""
    return Envelope(
        from_email="trax@news.example.org",
        from_name="UPR Info",
        reply_to="answers@example.org",
        list_id="upr-trax.example.org",
        list_name="everyone",
        public_url=public_url,
        pictures="hosted",
        sent_at=SENT_AT,
        simulated=simulated,
    )


def letter() -> Letter:
    """The issue in its envelope."""
    edition = real_edition()
    return Letter(edition, envelope(), edition.hash)


def recipients(count: int, *, ring: KeyRing, start: int = 1) -> list[Recipient]:
    """So many readers with tokens of their own, as a lane would make them."""
    of_letter = envelope()
    return [
        recipient_for(
            Subscriber(
                id=number,
                email=f"reader{number}@example{number % 100}.org",
                name=f"Reader Number {number}",
                language="en",
                fields={"first_name": f"Reader{number}", "organisation": "Some Organisation"},
            ),
            of_letter,
            delivery=f"1.{number}",
            token=mint_mail_token(ring, list_id=1, subscriber_id=number, mailing_id=1),
            message=f"1.{number}",
        )
        for number in range(start, start + count)
    ]
