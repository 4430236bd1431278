"""One message outside any mailing."""

from __future__ import annotations

from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.transports.base import Answer, Transport
from trax_mailer.model.mailing import Recipient


def test_message(letter: Letter, recipient: Recipient, transport: Transport) -> Answer:
    """Hand over one message and leave no trace in the ledger; the recipient carries an inert token."""
    transport.open(letter)
    return transport.send([recipient], batch=0)


test_message.__test__ = False  # type: ignore[attr-defined]
