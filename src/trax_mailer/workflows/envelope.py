"""What a message needs besides its content: the envelope, and readers outside any mailing."""

from __future__ import annotations

import datetime as dt

from trax_mailer.delivery import recipient_for
from trax_mailer.model.mailing import Envelope, Recipient
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.settings import Pictures, Settings
from trax_mailer.tokens import INERT_TOKEN

UNSET_PUBLIC_URL = "https://newsletter.invalid"
"""Stands where no public_url is set: a host that can never exist (RFC 2606 §2)."""


def envelope_for(
    settings: Settings,
    *,
    list_name: str,
    simulated: bool,
    sent_at: dt.datetime,
    pictures: Pictures | None = None,
) -> Envelope:
    """The envelope of a mailing. `pictures` overrides the settings, as previews in a file do."""
    return Envelope(
        from_email=settings.from_email or "newsletter@newsletter.invalid",
        from_name=settings.from_name or settings.newsletter,
        reply_to=settings.reply_to,
        list_id=settings.list_id or "newsletter.newsletter.invalid",
        list_name=list_name,
        public_url=settings.public_url or UNSET_PUBLIC_URL,
        pictures=(pictures or settings.pictures).value,
        sent_at=sent_at,
        simulated=simulated,
        pixel=settings.tracking.pixel,
    )


def inert_recipient(reader: Subscriber, envelope: Envelope, *, name: str) -> Recipient:
    """The reader as a transport needs them, outside any mailing: links to leave change nothing.

    `name` begins the Message-ID, which is the same for the same reader and moment.
    """
    delivery = f"{name}.{int(envelope.sent_at.timestamp()):x}"
    return recipient_for(reader, envelope, delivery=delivery, token=INERT_TOKEN, message=name)
