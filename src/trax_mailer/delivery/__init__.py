"""Delivery: one edition to many readers, handed over in batches and accounted for reader by reader.

Takes an edition, an envelope and a list; returns mailings, proofs, and who was not reached. It never
resends what may have been sent, never mails who left or is suppressed, and never calls accepted what no
server has accepted.

    plan  →  lane (claim → transport → settlement)  →  account
"""

from trax_mailer.delivery.account import (
    find_mailing,
    list_mailings,
    mailing_under_way,
    may_give_way,
    proof,
    unreached,
)
from trax_mailer.delivery.lane import run_lane
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.plan import make_mailing
from trax_mailer.delivery.readiness import preflight
from trax_mailer.delivery.recipients import recipient_for
from trax_mailer.delivery.transports import Answer, Transport, Verdict, open_transport
from trax_mailer.delivery.trial import test_message
from trax_mailer.delivery.wire import Skeleton, build_skeleton

__all__ = [
    "Answer",
    "Letter",
    "Patience",
    "Skeleton",
    "Transport",
    "Verdict",
    "build_skeleton",
    "find_mailing",
    "list_mailings",
    "mailing_under_way",
    "make_mailing",
    "may_give_way",
    "open_transport",
    "preflight",
    "proof",
    "recipient_for",
    "run_lane",
    "test_message",
    "unreached",
]
