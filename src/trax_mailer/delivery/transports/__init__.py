"""The ways a message can leave: files in a folder, a mail server, SendGrid.

Takes settings and a letter, returns an `Answer` for every call. A transport knows no ledger and no
other transport, decides nothing about trying again, and never claims more than it saw.
"""

from trax_mailer.delivery.transports.base import Answer, RecipientAnswer, Transport, Verdict
from trax_mailer.delivery.transports.opening import open_transport

__all__ = ["Answer", "RecipientAnswer", "Transport", "Verdict", "open_transport"]
