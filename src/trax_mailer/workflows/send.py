"""The whole send, from top to bottom: prepare it, let a person decide, carry it out, account for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from trax_mailer.audience import audience_of, find_list
from trax_mailer.delivery import make_mailing, open_transport, preflight, proof, run_lane
from trax_mailer.errors import Refused
from trax_mailer.model.edition import Edition
from trax_mailer.model.filling import fill_part
from trax_mailer.model.finding import Finding, has_errors
from trax_mailer.model.issue import Issue
from trax_mailer.model.mailing import Mailing
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.tokens import KeyRing
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.continuing import find_earlier
from trax_mailer.workflows.envelope import envelope_for
from trax_mailer.workflows.status import Account, account_of
from trax_mailer.workflows.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPlan:
    """What would happen, for a person to decide on.

    `audience` counts the readers who would be mailed, `kept_out` those of the list who are suppressed.
    `unfinished` is an earlier mailing of this issue to this list, which would be continued. `replaced` is
    one which would be cancelled: something changed since, and nobody has got it yet.
    """

    issue: Issue
    edition: Edition
    findings: tuple[Finding, ...]
    list_name: str
    transport: str
    simulated: bool
    audience: int
    kept_out: int
    unfinished: Mailing | None
    replaced: Mailing | None

    @property
    def subject(self) -> str:
        """The subject as inboxes show it, with the writer's default words for the reader's."""
        return fill_part(self.edition.subject, lambda slot: slot.default)

    @property
    def refused(self) -> bool:
        """Whether a real send must not start: an error stands among the findings."""
        return has_errors(self.findings)


def prepare_send(workspace: Workspace, reference: str | None, *, list_name: str) -> SendPlan:
    """Check the issue, the sender and the list, and count. Hands nothing to anyone.

    Raises BadFile when the issue has errors, Refused when no transport is named, the list is unknown or
    empty, or everybody on it has the issue already.
    """
    settings = workspace.settings
    issue, edition, findings = sendable(workspace, reference)
    with open_transport(settings) as transport, open_ledger(settings.state) as ledger:
        find_list(ledger, list_name)
        findings += preflight(ledger, settings=settings, edition=edition, transport=transport)
        earlier = find_earlier(
            ledger,
            settings=settings,
            edition=edition,
            issue_number=issue.number,
            list_name=list_name,
            simulated=transport.simulated,
        )
        unfinished = earlier.unfinished
        counted = audience_of(ledger, list_name)
        # An unfinished mailing can be brought to its end even when everybody has left since.
        if counted.to_mail == 0 and unfinished is None:
            raise Refused(
                f"Nobody on the list “{list_name}” can be mailed.",
                advice="See who is on it with: trax lists",
            )
        return SendPlan(
            issue=issue,
            edition=edition,
            findings=findings,
            list_name=list_name,
            transport=transport.name,
            simulated=transport.simulated,
            audience=proof(ledger, unfinished.id).waiting if unfinished else counted.to_mail,
            kept_out=counted.kept_out,
            unfinished=unfinished,
            replaced=earlier.replaced,
        )


def carry_out(
    workspace: Workspace, plan: SendPlan, *, progress: Callable[[int, int], None], stop: Event
) -> Account:
    """Hand every delivery of the plan to the transport, and account for each.

    Setting `stop` ends it after the call under way; the rest stays queued and is continued by the next
    send of the same issue to the same list. Raises Refused when the plan holds errors, Conflict when
    another process is sending.
    """
    if plan.refused:
        raise Refused("This issue must not be sent yet.", advice="Mend the errors above first.")
    settings = workspace.settings
    with open_transport(settings) as transport, open_ledger(settings.state) as ledger:
        mailing = plan.unfinished or _new_mailing(ledger, plan, workspace=workspace)
        run_lane(
            ledger,
            mailing.id,
            transport=transport,
            ring=KeyRing.open(settings.state),
            progress=progress,
            stop=stop,
        )
        return account_of(ledger, mailing.id)


def _new_mailing(ledger: Ledger, plan: SendPlan, *, workspace: Workspace) -> Mailing:
    now = dt.datetime.now(dt.UTC)
    return make_mailing(
        ledger,
        issue_number=plan.issue.number,
        issue_title=plan.issue.title,
        list_name=plan.list_name,
        edition=plan.edition,
        transport=plan.transport,
        envelope=envelope_for(
            workspace.settings, list_name=plan.list_name, simulated=plan.simulated, sent_at=now
        ),
        batch_size=workspace.settings.sendgrid.batch_size,
        now=now,
        replaces=plan.replaced.id if plan.replaced else None,
    )
