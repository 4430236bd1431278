"""The answer to a call, and what it makes of everybody in it, until that is written down."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.delivery.claiming import Claim
from trax_mailer.delivery.course import Course
from trax_mailer.delivery.recipients import Recipients
from trax_mailer.delivery.settlement import Settlement, settle_answer
from trax_mailer.delivery.transports.base import Answer, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A call that has come back and is not written down yet. `pause` says why the mailing must pause."""

    claimed: Claim
    recipients: Recipients
    answer: Answer
    settlement: Settlement
    pause: str


def understand(answer: Answer, claimed: Claim, recipients: Recipients, *, course: Course) -> Answered:
    """What the answer settles, told to the course of the mailing once."""
    pause = course.note(answer, recipients)
    tries = (
        {
            recipient.delivery: called.tries
            for recipient, called in zip(recipients, recipients.called, strict=True)
        }
        if answer.per_recipient
        else {}
    )
    return Answered(
        claimed=claimed,
        recipients=recipients,
        answer=answer,
        settlement=settle_answer(answer, recipients, tries=tries, course=course),
        pause=pause,
    )


def interrupted(error: BaseException) -> Answer:
    """The answer to a call that ended without one: nobody can say what was sent."""
    words = f"interrupted before the answer was seen ({type(error).__name__})"
    return Answer(verdict=Verdict.UNCERTAIN, reason=words)
