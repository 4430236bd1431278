"""Whether a send continues an earlier mailing, takes its place, or must not happen."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from trax_mailer.delivery import mailing_under_way, may_give_way
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import Envelope, Mailing, MailingState
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.workflows.envelope import envelope_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What stands before a send: a mailing to continue, one to replace, or neither."""

    unfinished: Mailing | None = None
    replaced: Mailing | None = None


def find_earlier(
    ledger: Ledger,
    *,
    settings: Settings,
    edition: Edition,
    issue_number: int,
    list_name: str,
    simulated: bool,
) -> Earlier:
    """The earlier mailing of that issue to that list, and what becomes of it.

    It is continued where nothing changed since, and replaced where something did and surely nobody got
    it. Raises Refused where it is done, Conflict where some readers have it and it cannot go on as it began.
    """
    mailing = mailing_under_way(ledger, issue_number=issue_number, list_name=list_name, simulated=simulated)
    if mailing is None:
        return Earlier()
    if mailing.state is MailingState.DONE:
        raise Refused(
            f"No {mailing.issue_number} was sent to “{mailing.list_name}” already, as mailing {mailing.id}.",
            advice=f"See who has it and who was not reached with: trax status {mailing.id}",
        )
    obstacle = _obstacle(mailing, settings=settings, edition=edition)
    if obstacle is None:
        return Earlier(unfinished=mailing)
    if may_give_way(ledger, mailing):
        return Earlier(replaced=mailing)
    raise obstacle


def _obstacle(earlier: Mailing, *, settings: Settings, edition: Edition) -> Conflict | None:
    """Why the earlier mailing cannot be continued as it began, or None."""
    if earlier.transport != settings.transport:
        return Conflict(
            f"Mailing {earlier.id} was started through {earlier.transport} and is not finished.",
            advice=f"Set transport: {earlier.transport} in trax.yaml to continue it.",
        )
    if earlier.edition_hash != edition.hash:
        return Conflict(
            f"The issue changed since mailing {earlier.id} began; some readers have the earlier text.",
            advice="Undo the change to continue the mailing, so that all readers get the same.",
        )
    before = earlier.envelope
    now = envelope_for(
        settings, list_name=before.list_name, simulated=before.simulated, sent_at=before.sent_at
    )
    changed = [
        f"{name} was “{getattr(before, name)}”"
        for name in (field.name for field in dataclasses.fields(Envelope))
        if getattr(before, name) != getattr(now, name)
    ]
    if changed:
        return Conflict(
            f"trax.yaml changed since mailing {earlier.id} began: {', '.join(changed)}.",
            advice="Undo the change to continue the mailing, and make it again when it is done.",
        )
    return None
