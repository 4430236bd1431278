"""Whether a send continues an earlier mailing, takes its place, adds to it, or must not happen."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shlex
from dataclasses import dataclass

from trax_mailer.delivery import mailing_under_way, may_give_way
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import AudienceKind, Envelope, Mailing, MailingState
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.workflows.envelope import envelope_for
from trax_mailer.workflows.sending_time import said


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What stands before a send: a mailing to continue, one to replace, or neither."""

    unfinished: Mailing | None = None
    replaced: Mailing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be sent: that edition of the issue, to whom, through what, and when (None: now)."""

    issue_number: int
    edition: Edition
    list_name: str
    transport: str
    simulated: bool
    audience: AudienceKind
    at: dt.datetime | None
    segment: str = ""
    segment_rule: str = ""


def find_earlier(ledger: Ledger, wanted: Wanted, *, settings: Settings) -> Earlier:
    """The earlier mailing of that issue to that list or segment of it, and what becomes of it.

    It is continued where nothing changed since, and replaced where something did and surely nobody got
    it. Raises Refused where it is done and everybody is meant, Conflict where it is scheduled, or where some
    readers have it and it cannot go on as it began.
    """
    mailing = mailing_under_way(
        ledger,
        issue_number=wanted.issue_number,
        list_name=wanted.list_name,
        simulated=wanted.simulated,
        segment=wanted.segment,
    )
    if mailing is None:
        return Earlier()
    if mailing.state is MailingState.SCHEDULED:
        raise _scheduled(mailing, settings=settings)
    if mailing.state is MailingState.DONE:
        if wanted.audience is AudienceKind.EVERYBODY:
            raise _done(mailing)
        return Earlier()
    obstacle = _obstacle(mailing, wanted, settings=settings)
    if obstacle is None:
        return Earlier(unfinished=mailing)
    if may_give_way(ledger, mailing):
        return Earlier(replaced=mailing)
    raise obstacle


def _scheduled(mailing: Mailing, *, settings: Settings) -> Conflict:
    when = f" for {said(mailing.not_before, settings.timezone)}" if mailing.not_before else ""
    return Conflict(
        f"No {mailing.issue_number} to {mailing.whom} is scheduled already{when}: mailing {mailing.id}.",
        advice=f"Send that one now with: trax resume {mailing.id}\n"
        f"Or call it off with: trax cancel {mailing.id}",
    )


def _done(mailing: Mailing) -> Refused:
    again = _command(mailing)
    return Refused(
        f"No {mailing.issue_number} was sent to {mailing.whom} already, as mailing {mailing.id}.",
        advice=f"See who has it and who was not reached with: trax status {mailing.id}\n"
        f"Send it to who does not have it (joined since, failed or was skipped): {again} --missed\n"
        f"Send it to everybody a second time: {again} --again",
    )


def _obstacle(earlier: Mailing, wanted: Wanted, *, settings: Settings) -> Conflict | None:
    """Why the earlier mailing cannot be continued as it began, or None."""
    if wanted.at is not None:
        return Conflict(
            f"Mailing {earlier.id} of this issue is not finished: it is {earlier.state}.",
            advice=f"Go on with it now: trax resume {earlier.id}\n"
            f"Or call it off first: trax cancel {earlier.id}",
        )
    if wanted.audience not in {AudienceKind.EVERYBODY, earlier.audience}:
        return Conflict(
            f"Mailing {earlier.id} of this issue is not finished: it is {earlier.state}.",
            advice=f"Finish it first: trax resume {earlier.id}\nOr call it off: trax cancel {earlier.id}",
        )
    if earlier.transport != wanted.transport:
        return Conflict(
            f"Mailing {earlier.id} began through {earlier.transport} and is not finished; "
            f"now it would be {wanted.transport}.",
            advice=f"Go on through {wanted.transport}, with those who wait: "
            f"trax resume {earlier.id} --through {wanted.transport}\n"
            f"Go on through {earlier.transport}: trax resume {earlier.id}",
        )
    return _changed_since(earlier, wanted, settings=settings)


def _changed_since(earlier: Mailing, wanted: Wanted, *, settings: Settings) -> Conflict | None:
    """What changed in the files since the earlier mailing began, or None."""
    if earlier.edition_hash != wanted.edition.hash:
        return Conflict(
            f"The issue changed since mailing {earlier.id} began; some readers have the earlier text.",
            advice=f"Send the rest the earlier text: trax resume {earlier.id}\n{_start_over(earlier)}",
        )
    if earlier.segment_rule != wanted.segment_rule:
        return Conflict(
            f"The segment “{earlier.segment}” changed since mailing {earlier.id} began.",
            advice=f"Go on with who was meant then: trax resume {earlier.id}\n{_start_over(earlier)}",
        )
    changed = _changed(earlier.envelope, settings=settings)
    if changed:
        return Conflict(
            f"trax.yaml changed since mailing {earlier.id} began: {changed}.",
            advice=f"Go on as it began: trax resume {earlier.id}\n{_start_over(earlier)}",
        )
    return None


def _start_over(earlier: Mailing) -> str:
    return f"Or give the rest the new one: trax cancel {earlier.id}, then {_command(earlier)} --missed"


def _command(mailing: Mailing) -> str:
    """What a person types to send the issue to the same audience."""
    segment = f" --segment {mailing.segment}" if mailing.segment else ""
    return f"trax send {mailing.issue_number} --list {shlex.quote(mailing.list_name)}{segment}"


def _changed(before: Envelope, *, settings: Settings) -> str:
    now = envelope_for(
        settings, list_name=before.list_name, simulated=before.simulated, sent_at=before.sent_at
    )
    names = (field.name for field in dataclasses.fields(Envelope))
    return ", ".join(
        f"{name} was “{getattr(before, name)}”"
        for name in names
        if getattr(before, name) != getattr(now, name)
    )
