"""A reader as a transport needs them."""

from __future__ import annotations

from trax_mailer.delivery.addresses import domain_of
from trax_mailer.model.filling import unsubscribe_url
from trax_mailer.model.mailing import Envelope, Recipient
from trax_mailer.model.merge import merge_values
from trax_mailer.model.subscriber import Subscriber


def recipient_for(
    reader: Subscriber, envelope: Envelope, *, delivery: str, token: str, message: str
) -> Recipient:
    """The reader's delivery; `token` stands in the address to leave, `message` begins the Message-ID.

    The time in the Message-ID keeps two ledgers of one sender apart, such as a restored one.
    """
    return Recipient(
        delivery=delivery,
        subscriber_id=reader.id or 0,
        email=reader.email,
        name=reader.name,
        merge=merge_values(reader),
        unsubscribe_url=unsubscribe_url(envelope, token),
        message_id=f"{message}.{int(envelope.sent_at.timestamp()):x}@{domain_of(envelope.from_email)}",
    )
