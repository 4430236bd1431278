"""Whether a send would give readers something twice, as far as the ledger knows, or cannot know."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from trax_mailer.delivery import proof
from trax_mailer.delivery.restoring import RESTORED, restored_since
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.issue import Issue
from trax_mailer.model.mailing import AudienceKind, Mailing
from trax_mailer.storage import Ledger
from trax_mailer.storage.mailings import others_of_issue
from trax_mailer.workflows.continuing import Earlier, Wanted

_LOST_FOR = dt.timedelta(days=31)
"""An issue dated later than so long after a restore cannot have been sent before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """Whom the mailing is really for, and why a person should think twice about it."""

    kind: AudienceKind
    doubt: str = ""
    findings: tuple[Finding, ...] = ()


def think_twice(ledger: Ledger, issue: Issue, wanted: Wanted, *, earlier: Earlier, have_it: int) -> Thought:
    """Whom the mailing is for, and what speaks against it; `have_it` of its readers have the issue."""
    if earlier.unfinished is not None:
        doubt = doubt_to_begin(ledger, earlier.unfinished)
        return Thought(kind=earlier.unfinished.audience, doubt=doubt, findings=_findings(doubt))
    if wanted.simulated:
        return Thought(kind=wanted.audience)
    with ledger.read() as connection:
        known = bool(others_of_issue(connection, 0, issue_number=issue.number))
    restored = restored_since(ledger)
    if not known and restored and issue.date <= (restored.at + _LOST_FOR).date():
        doubt = (
            f"This ledger was restored from a backup on {restored.at:%Y-%m-%d} and knows no mailing of "
            f"No {issue.number}. What was sent after the backup was made is unknown to it."
        )
        return Thought(kind=AudienceKind.EVERYBODY, doubt=doubt, findings=_findings(doubt))
    if wanted.audience is not AudienceKind.AGAIN:
        return Thought(kind=wanted.audience)
    if not have_it:
        return Thought(kind=AudienceKind.AGAIN if known else AudienceKind.EVERYBODY)
    doubt = f"{have_it:,} of these readers have No {issue.number} already and get it a second time."
    return Thought(kind=AudienceKind.AGAIN, doubt=doubt)


def doubt_to_begin(ledger: Ledger, mailing: Mailing) -> str:
    """Why a mailing that has not begun should not begin without a second thought; empty where nothing is."""
    restored = restored_since(ledger)
    if mailing.simulated or restored is None or restored.at < mailing.created_at:
        return ""
    if proof(ledger, mailing.id).audience:
        return ""  # Whoever may have got it is uncertain since, and does not get it by going on.
    return (
        f"This ledger was restored from a backup on {restored.at:%Y-%m-%d}, in which mailing {mailing.id} "
        "had not begun. It may have been sent since."
    )


def _findings(doubt: str) -> tuple[Finding, ...]:
    if not doubt:
        return ()
    advice = "Make sure that nobody has it, such as by the mail provider's own account of what was sent."
    return (Finding(check=RESTORED, severity=Severity.WARNING, message=doubt, advice=advice),)
