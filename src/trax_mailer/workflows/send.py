"""The whole send, from top to bottom: prepare it, let a person decide, carry it out, account for it."""

from __future__ import annotations

from collections.abc import Callable

from trax_mailer.audience import find_list
from trax_mailer.delivery import make_mailing, open_transport, preflight, proof
from trax_mailer.delivery.transports import Transport
from trax_mailer.errors import Refused
from trax_mailer.model.finding import Finding
from trax_mailer.model.mailing import AudienceKind, Mailing, in_words
from trax_mailer.model.segments import Rule
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.storage.mailings import others_of_issue
from trax_mailer.storage.readers import ListNumbers, list_numbers
from trax_mailer.workflows.check import sendable
from trax_mailer.workflows.continuing import Earlier, Wanted, find_earlier
from trax_mailer.workflows.engines import senders_at_work
from trax_mailer.workflows.envelope import envelope_for
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.second_thoughts import think_twice
from trax_mailer.workflows.segments import Loaded, usable_segment
from trax_mailer.workflows.send_plan import SendOptions, SendPlan
from trax_mailer.workflows.sending_now import Wishes, send_now
from trax_mailer.workflows.status import Account
from trax_mailer.workflows.topics import Variants, count_variants
from trax_mailer.workflows.wiring import Workspace

_NOTHING_SPECIAL = SendOptions()


def prepare_send(
    workspace: Workspace, reference: str | None, *, list_name: str, options: SendOptions = _NOTHING_SPECIAL
) -> SendPlan:
    """Check the issue, the sender, the list and the segment, and count. Hands nothing to anyone.

    Raises BadFile when the issue or the segment has errors, Refused when no transport is named, the list is
    unknown or empty, or everybody on it has the issue already, and Conflict where an earlier mailing stands
    in the way.
    """
    settings = workspace.settings
    sent_on = options.at.astimezone(settings.timezone).date() if options.at else None
    issue, edition, findings = sendable(workspace, reference, today=sent_on)
    with (
        open_transport(settings, options.transport) as transport,
        open_ledger(settings.state, settings.database) as ledger,
    ):
        _refuse_schedule_of_files(transport, options)
        list_id = find_list(ledger, list_name)
        segment, more = _segment(workspace, ledger, options.segment)
        findings += more + preflight(ledger, settings=settings, edition=edition, transport=transport)
        wanted = Wanted(
            issue_number=issue.number,
            edition=edition,
            list_name=list_name,
            transport=transport.name,
            simulated=transport.simulated,
            audience=options.audience,
            at=options.at,
            segment=segment.name if segment else "",
            segment_rule=segment.text if segment else "",
        )
        earlier = find_earlier(ledger, wanted, settings=settings)
        rule = segment.rule if segment else None
        numbers = _numbers(ledger, list_id, wanted, replaced=earlier.replaced, rule=rule)
        variants = _variants(ledger, list_id, wanted, earlier, rule=rule)
        thought = think_twice(ledger, issue, wanted, earlier=earlier, have_it=numbers.have_it)
        return SendPlan(
            issue=issue,
            edition=edition,
            findings=findings + thought.findings,
            list_name=list_name,
            transport=transport.name,
            simulated=transport.simulated,
            audience=_count(ledger, wanted, earlier, numbers, kind=thought.kind, empty=variants.empty),
            kept_out=numbers.kept_out,
            have_it=numbers.have_it,
            kind=thought.kind,
            unfinished=earlier.unfinished,
            replaced=earlier.replaced,
            at=options.at,
            doubt=thought.doubt,
            variants=variants,
            segment=wanted.segment,
            segment_rule=wanted.segment_rule,
        )


def carry_out(
    workspace: Workspace,
    plan: SendPlan,
    *,
    progress: Callable[[int, int], None],
    say: Callable[[str], None],
    wishes: Wishes,
) -> Account:
    """Hand every delivery of the plan to the transport, and account for each.

    `wishes` may pause or stop it; what was not handed over stays queued, and is continued by the next send
    of the same issue to the same list. Raises Refused when the plan holds errors, Conflict when another
    mailing of the issue was made since the plan.
    """
    mailing = plan.unfinished or _make(workspace, plan)
    return send_now(workspace, mailing.id, progress=progress, say=say, wishes=wishes)


def schedule(workspace: Workspace, plan: SendPlan) -> Mailing:
    """Make the mailing of a plan with a time. `trax serve` or `trax worker` begins it then."""
    if plan.at is None:
        raise ValueError("a plan without a time is carried out, not scheduled")
    return _make(workspace, plan)


def workers_seen(workspace: Workspace) -> int:
    """How many processes are there to begin what is scheduled, and to go on with what is under way."""
    return senders_at_work(workspace)


def _refuse_schedule_of_files(transport: Transport, options: SendOptions) -> None:
    if transport.simulated and options.at is not None:
        raise Refused(
            "The folder transport only writes files: there is nothing to schedule.",
            advice="Leave out --at, or choose smtp or sendgrid with --through.",
        )


def _segment(workspace: Workspace, ledger: Ledger, name: str) -> tuple[Loaded | None, tuple[Finding, ...]]:
    if not name:
        return None, ()
    report = usable_segment(workspace, ledger, name)
    return report.segment, report.findings


def _numbers(
    ledger: Ledger, list_id: int, wanted: Wanted, *, replaced: Mailing | None, rule: Rule | None
) -> ListNumbers:
    others = _others(ledger, wanted, replaced=replaced)
    with ledger.read() as connection:
        return list_numbers(connection, list_id, others=others, segment=rule)


def _others(ledger: Ledger, wanted: Wanted, *, replaced: Mailing | None) -> tuple[int, ...]:
    """The mailings by which readers may have the issue already."""
    if wanted.simulated:
        return ()
    with ledger.read() as connection:
        besides = replaced.id if replaced else 0
        return tuple(others_of_issue(connection, besides, issue_number=wanted.issue_number))


def _variants(
    ledger: Ledger, list_id: int, wanted: Wanted, earlier: Earlier, *, rule: Rule | None
) -> Variants:
    """Who would get what; nothing is counted for a mailing that is continued, whose audience is fixed."""
    if earlier.unfinished is not None:
        return Variants()
    again = wanted.audience is AudienceKind.AGAIN
    others = () if again else _others(ledger, wanted, replaced=earlier.replaced)
    return count_variants(ledger, wanted.edition, list_id=list_id, others=others, segment=rule)


def _count(
    ledger: Ledger,
    wanted: Wanted,
    earlier: Earlier,
    numbers: ListNumbers,
    *,
    kind: AudienceKind,
    empty: int,
) -> int:
    """How many would be mailed. Raises Refused where that is nobody, and no mailing is to be ended."""
    if earlier.unfinished is not None:
        # It can be brought to its end even when everybody has left since.
        counted = proof(ledger, earlier.unfinished.id)
        if counted.audience:
            return counted.waiting
    going = numbers.to_mail if kind is AudienceKind.AGAIN else numbers.to_mail - numbers.have_it
    whom = in_words(wanted.list_name, wanted.segment)
    if going and going == empty:
        raise Refused(
            f"Nothing in No {wanted.issue_number} is among the topics that the readers of {whom} chose.",
            advice="Everybody would be skipped, so nothing is sent.",
        )
    if going == 0 and numbers.have_it:
        raise Refused(
            f"Everybody on {whom} who can be mailed has No {wanted.issue_number} already.",
            advice="See its mailings with: trax status",
        )
    if going == 0:
        raise Refused(
            f"Nobody on the list {whom} can be mailed.",
            advice=f"See who is meant with: trax segments show {wanted.segment}"
            if wanted.segment
            else "See who is on it with: trax lists",
        )
    return going - empty


def _make(workspace: Workspace, plan: SendPlan) -> Mailing:
    if plan.refused:
        raise Refused("This issue must not be sent yet.", advice="Mend the errors above first.")
    settings = workspace.settings
    with (
        open_transport(settings, plan.transport) as transport,
        open_ledger(settings.state, settings.database) as ledger,
    ):
        now = ledger_now(ledger)
        return make_mailing(
            ledger,
            issue_number=plan.issue.number,
            issue_title=plan.issue.title,
            list_name=plan.list_name,
            edition=plan.edition,
            transport=transport,
            envelope=envelope_for(
                settings, list_name=plan.list_name, simulated=plan.simulated, sent_at=plan.at or now
            ),
            now=now,
            audience=plan.kind,
            not_before=plan.at,
            replaces=plan.replaced.id if plan.replaced else None,
            trackable=bool(settings.public_url),
            segment=plan.segment,
            segment_rule=plan.segment_rule,
        )
