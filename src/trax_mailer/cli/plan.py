"""The plan of a send, in words for the person who decides, and as data for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    from trax_mailer.workflows.send_plan import SendPlan
    from trax_mailer.workflows.wiring import Workspace


def plan_in_words(workspace: Workspace, plan: SendPlan, *, workers: int | None) -> str:
    """What would happen. `workers` are those that could begin a scheduled mailing, None where none is."""
    from trax_mailer.cli.account import readers
    from trax_mailer.cli.variants import variants_in_words

    settings = workspace.settings
    lines = [
        plan.subject,
        f"  to       {readers(plan.audience)} of {plan.whom}{_left_out(plan)}",
        *([f"           where {plan.segment_rule}"] if plan.segment else []),
        f"  from     {settings.from_name} <{settings.from_email}>, answers to {settings.reply_to}",
        f"  through  {plan.transport}"
        + (f", as files in {settings.outbox} (nothing leaves this machine)" if plan.simulated else ""),
        f"  edition  {plan.edition.hash[:12]}",
    ]
    lines[2:2] = variants_in_words(plan.variants, settings)
    if plan.at is not None:
        lines += _when(workspace, plan, plan.at, workers=workers)
    if plan.unfinished:
        lines.append(f"  continues mailing {plan.unfinished.id}, which was not finished")
    if plan.replaced:
        lines.append(f"  takes the place of mailing {plan.replaced.id}, which goes to nobody any more")
    return "\n".join(lines)


def question(plan: SendPlan) -> str:
    """What the person is asked before anything happens."""
    from trax_mailer.cli.account import readers

    if plan.at is not None:
        return f"Schedule it for {readers(plan.audience)}?"
    return f"{'Write' if plan.simulated else 'Send'} it to {readers(plan.audience)} now?"


def plan_to_data(plan: SendPlan, *, workers: int | None) -> dict[str, Any]:
    """The plan as plain data, for `--dry-run --json`."""
    from trax_mailer.cli.variants import variants_to_data
    from trax_mailer.model.finding import finding_to_data

    return {
        "issue": plan.issue.number,
        "title": plan.issue.title,
        "subject": plan.subject,
        "edition": plan.edition.hash,
        "list": plan.list_name,
        "segment": plan.segment or None,
        "segment_rule": plan.segment_rule or None,
        "audience": plan.audience,
        "suppressed": plan.kept_out,
        "have_it": plan.have_it,
        "kind": plan.kind.value,
        "transport": plan.transport,
        "simulated": plan.simulated,
        "at": plan.at.isoformat() if plan.at else None,
        "workers": workers,
        "continues": plan.unfinished.id if plan.unfinished else None,
        "replaces": plan.replaced.id if plan.replaced else None,
        "doubt": plan.doubt,
        "refused": plan.refused,
        **variants_to_data(plan.variants),
        "findings": [finding_to_data(one) for one in plan.findings],
    }


def _left_out(plan: SendPlan) -> str:
    parts = []
    if plan.kept_out:
        parts.append(f"{plan.kept_out:,} more are suppressed and kept out")
    if plan.have_it and not plan.unfinished:
        again = plan.kind.value == "again"
        parts.append(
            f"{plan.have_it:,} of them have it already and get it a second time"
            if again
            else f"{plan.have_it:,} more have it already and are left out"
        )
    return f" ({'; '.join(parts)})" if parts else ""


def _when(workspace: Workspace, plan: SendPlan, at: dt.datetime, *, workers: int | None) -> list[str]:
    from trax_mailer.workflows.sending_time import in_both

    then = " and in the segment" if plan.segment else ""
    lines = [
        f"  at       {in_both(at, workspace.settings.timezone)}",
        f"           to whoever is on the list{then} then; “trax serve” or “trax worker” must be running",
    ]
    if not workers:
        lines.append(
            "           None seems to be running now: start one, or the mailing waits, and pauses itself "
            f"when it is over {workspace.settings.late_minutes} minutes late"
        )
    return lines
