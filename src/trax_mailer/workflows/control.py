"""What a person decides about a mailing under way: pause, resume, fail over, cancel, try again.

Each works from any process and host on the ledger, whoever is sending.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from trax_mailer.delivery import cancel, open_transport, pause, proof, resume, retry_failed
from trax_mailer.errors import Refused
from trax_mailer.model.finding import Finding, has_errors
from trax_mailer.model.mailing import ENDED, Handover, Mailing, MailingState, Proof
from trax_mailer.storage import open_ledger
from trax_mailer.storage.readers import reasons_at
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.second_thoughts import doubt_to_begin
from trax_mailer.workflows.status import known_mailing
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace

REASONS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The mailing that goes on; `moved_from` is its earlier transport where that changed."""

    mailing: Mailing
    moved_from: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A mailing and its account, for a person to decide on.

    `reasons` are those of who failed, each with how many, the commonest first; `REASONS_SHOWN` at most.
    """

    mailing: Mailing
    proof: Proof
    reasons: tuple[tuple[str, int], ...]


def standing_of(workspace: Workspace, mailing_id: int) -> Standing:
    """Where the mailing stands. Raises Refused where there is none."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        mailing = known_mailing(ledger, mailing_id)
        with ledger.read() as connection:
            reasons = reasons_at(connection, mailing_id, Handover.FAILED, limit=REASONS_SHOWN)
        return Standing(mailing=mailing, proof=proof(ledger, mailing_id), reasons=tuple(reasons))


def pause_mailing(workspace: Workspace, mailing_id: int) -> Mailing:
    """No call starts any more, in whatever process; those under way are still answered.

    Raises Refused, with what to do instead, where the mailing is neither scheduled nor being sent.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        mailing = known_mailing(ledger, mailing_id)
        if mailing.state is MailingState.PAUSED:
            raise Refused(
                f"Mailing {mailing_id} is paused already: {mailing.reason}",
                advice=f"Go on with: trax resume {mailing_id}",
            )
        _refuse_ended(mailing, "paused")
        return pause(ledger, mailing_id, reason=f"paused by {who()}", now=ledger_now(ledger))


def doubt_to_resume(workspace: Workspace, mailing_id: int) -> str:
    """Why going on with the mailing needs a second thought: after a restore it may have been sent."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        mailing = known_mailing(ledger, mailing_id)
        return "" if mailing.state in ENDED else doubt_to_begin(ledger, mailing)


def resume_mailing(workspace: Workspace, mailing_id: int, *, through: str = "") -> Resumed:
    """Let the mailing go on, through another transport where one is named. Hands nothing over by itself.

    A scheduled mailing begins now, and so does one that missed its time. Raises Refused where it has come to
    its end, or the other transport cannot send it.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        mailing = known_mailing(ledger, mailing_id)
        _refuse_ended(mailing, "resumed")
        name = through or mailing.transport
        with open_transport(settings, name) as transport:
            moves = transport.name != mailing.transport
            findings: tuple[Finding, ...] = ()
            if moves and transport.simulated is mailing.simulated:
                findings = tuple(transport.preflight(mailing.envelope.from_email))
                if has_errors(findings):
                    words = "; ".join(one.message for one in findings)
                    raise Refused(f"Mailing {mailing_id} cannot go on through {name}: {words}")
            resumed = resume(
                ledger, mailing_id, now=ledger_now(ledger), transport=transport if moves else None
            )
    return Resumed(mailing=resumed, moved_from=mailing.transport if moves else "", findings=findings)


def cancel_mailing(workspace: Workspace, mailing_id: int) -> Standing:
    """No further call starts, ever. Raises Refused where the mailing has come to its end."""
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        _refuse_ended(known_mailing(ledger, mailing_id), "cancelled")
        cancel(ledger, mailing_id, reason=f"cancelled by {who()}", now=ledger_now(ledger))
    return standing_of(workspace, mailing_id)


def retry_mailing(workspace: Workspace, mailing_id: int) -> int:
    """Whoever failed waits again, and the mailing is sending. Returns how many. Hands nothing over by itself.

    Raises Refused where it was cancelled, or nobody failed.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        refuse_cancelled(known_mailing(ledger, mailing_id))
        return retry_failed(ledger, mailing_id, now=ledger_now(ledger))


def refuse_cancelled(mailing: Mailing) -> None:
    """Raises Refused, with the way out, where the mailing was cancelled."""
    if mailing.state is MailingState.CANCELLED:
        raise Refused(
            f"Mailing {mailing.id} was cancelled: nobody of it can be tried again.",
            advice="Send the issue to who does not have it with: "
            f"trax send {mailing.issue_number} --list {shlex.quote(mailing.list_name)} --missed",
        )


def _refuse_ended(mailing: Mailing, what: str) -> None:
    number = mailing.id
    if mailing.state is MailingState.DONE:
        raise Refused(
            f"Mailing {number} cannot be {what}: it is done.",
            advice=f"See what became of it with: trax status {number}\n"
            f"Who failed can be tried again: trax retry {number}\n"
            f"Who is uncertain waits for your word: trax resolve {number}",
        )
    if mailing.state is MailingState.CANCELLED:
        raise Refused(
            f"Mailing {number} cannot be {what}: it was cancelled, and that is for good.",
            advice="Send the issue to who does not have it with: "
            f"trax send {mailing.issue_number} --list {shlex.quote(mailing.list_name)} --missed",
        )
