"""Delivery: one edition to many readers, handed over in batches and accounted for reader by reader.

Takes an edition, an envelope and a list; returns mailings, proofs, and who was not reached. It never
resends what may have been sent, never mails who left or is suppressed, and never calls accepted what no
server has accepted.

    plan  →  crew or worker: lanes (claim → transport → settlement → record)  →  account
             schedule, control, doubts: what a clock or a person does in between
"""

from trax_mailer.delivery.account import (
    find_mailing,
    having_issue,
    journal_of,
    list_mailings,
    mailing_under_way,
    may_give_way,
    proof,
    unreached,
)
from trax_mailer.delivery.control import begin, cancel, pause, resume, retry_failed
from trax_mailer.delivery.course import Course
from trax_mailer.delivery.crew import run_mailing
from trax_mailer.delivery.doubts import Doubt, doubts, settle_doubts
from trax_mailer.delivery.lane import LaneLost, run_lane
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.plan import make_mailing
from trax_mailer.delivery.progress import Progress, progress_of
from trax_mailer.delivery.readiness import preflight
from trax_mailer.delivery.recipients import mark_of, recipient_for
from trax_mailer.delivery.schedule import due_mailings, end_finished, lanes_to_run, start_scheduled
from trax_mailer.delivery.transports import Answer, Transport, Verdict, open_transport
from trax_mailer.delivery.trial import test_message
from trax_mailer.delivery.wire import Skeleton, build_skeleton

__all__ = [
    "Answer",
    "Course",
    "Doubt",
    "LaneLost",
    "Letter",
    "Patience",
    "Progress",
    "Skeleton",
    "Transport",
    "Verdict",
    "begin",
    "build_skeleton",
    "cancel",
    "doubts",
    "due_mailings",
    "end_finished",
    "find_mailing",
    "having_issue",
    "journal_of",
    "lanes_to_run",
    "list_mailings",
    "mailing_under_way",
    "make_mailing",
    "mark_of",
    "may_give_way",
    "open_transport",
    "pause",
    "preflight",
    "progress_of",
    "proof",
    "recipient_for",
    "resume",
    "retry_failed",
    "run_lane",
    "run_mailing",
    "settle_doubts",
    "start_scheduled",
    "test_message",
    "unreached",
]
