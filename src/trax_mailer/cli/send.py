"""`trax send`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.errors import Refused

if TYPE_CHECKING:
    from trax_mailer.workflows.send_plan import SendOptions, SendPlan
    from trax_mailer.workflows.sending_now import Wishes
    from trax_mailer.workflows.status import Account
    from trax_mailer.workflows.wiring import Workspace

TRANSPORTS = ("folder", "smtp", "sendgrid")


@click.command("send", short_help="Send an issue to a list, now or at a time; or one test mail to yourself.")
@click.argument("issue", required=False)
@click.option("--list", "list_name", default=None, help="The list to send to.")
@click.option(
    "--segment", default=None, metavar="NAME", help="Only to those of the list in that saved segment."
)
@click.option("--test", "address", default=None, help="Send one test mail to this address, and nothing else.")
@click.option(
    "--at",
    default=None,
    metavar="TIME",
    help="Send it at a later time: “2026-12-01 09:00”, “tomorrow 9:00”, or “09:00”, in the newsletter's "
    "time zone or with one of its own (+01:00, Europe/Paris).",
)
@click.option(
    "--missed", is_flag=True, help="Only to who does not have it: who joined since, failed or was skipped."
)
@click.option("--again", is_flag=True, help="To everybody, also to who has it already. Asks first.")
@click.option(
    "--through",
    type=click.Choice(TRANSPORTS),
    default=None,
    help="Another transport than the one that trax.yaml names.",
)
@click.option(
    "--dry-run", is_flag=True, help="Check everything and say what would happen; hand over nothing."
)
@click.option("--yes", is_flag=True, help="Do not ask before sending.")
@click.option("--json", "as_json", is_flag=True, help="Print the account as JSON.")
@click.pass_context
def send_command(
    ctx: click.Context,
    *,
    issue: str | None,
    list_name: str | None,
    segment: str | None,
    address: str | None,
    at: str | None,
    missed: bool,
    again: bool,
    through: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Send ISSUE to every reader of a list, in batches, through the transport that trax.yaml names.

    It checks the issue, the sender and the pictures first, shows how many readers will get it, and asks.
    Ctrl-C pauses it; `trax resume` or the same command goes on where it stopped. Who has the issue already
    through another list or segment is skipped.

    With --segment it goes to those of the list whom subscribers/NAME.yaml means; see trax segments.

    With --at it is scheduled: `trax serve` or `trax worker` must be running at that time, on the host that
    holds the state directory, and the audience is who is on the list then.
    """
    given = [words is not None for words in (list_name, segment, at)]
    if address is not None and (any(given) or dry_run or as_json or missed or again):
        raise click.UsageError(
            "--test sends one mail to one address; leave out --list, --dry-run and --json, "
            "and --segment, --at, --missed and --again."
        )
    if missed and again:
        raise click.UsageError("--missed leaves out who has it, --again does not: give one of them.")
    workspace = workspace_of(ctx)
    if address is not None:
        _send_test(workspace, issue, address, through or "")
        return
    if not list_name:
        raise click.UsageError("Say which list: --list NAME, or --test ADDRESS for one test mail.")
    if segment is not None and not segment.strip():
        raise click.UsageError("--segment needs a name; leave it out to send to the whole list.")
    options = _options(
        workspace, at=at, missed=missed, again=again, through=through or "", segment=segment or ""
    )
    plan = _show_plan(workspace, issue, list_name, options=options, as_json=as_json, dry_run=dry_run)
    if dry_run:
        return
    _ask(plan, again=again, yes=yes)
    if plan.at is not None:
        _schedule(workspace, plan, as_json=as_json)
    else:
        _send(workspace, plan, as_json=as_json)


def _options(
    workspace: Workspace, *, at: str | None, missed: bool, again: bool, through: str, segment: str
) -> SendOptions:
    import datetime as dt

    from trax_mailer.model.mailing import AudienceKind
    from trax_mailer.workflows.send_plan import SendOptions
    from trax_mailer.workflows.sending_time import parse_moment

    moment = None
    if at is not None:  # An empty one, of a script whose variable is not set, must not mean “now”.
        moment = parse_moment(at, zone=workspace.settings.timezone, now=dt.datetime.now(dt.UTC))
    kind = AudienceKind.MISSED if missed else AudienceKind.AGAIN if again else AudienceKind.EVERYBODY
    return SendOptions(audience=kind, at=moment, transport=through, segment=segment)


def _show_plan(
    workspace: Workspace,
    issue: str | None,
    list_name: str,
    *,
    options: SendOptions,
    as_json: bool,
    dry_run: bool,
) -> SendPlan:
    """The plan, shown. Raises Refused where an error stands in the way."""
    from trax_mailer.cli import output
    from trax_mailer.cli.plan import plan_in_words, plan_to_data
    from trax_mailer.workflows.send import prepare_send, workers_seen

    plan = prepare_send(workspace, issue, list_name=list_name, options=options)
    output.print_findings(plan.findings, to_stderr=as_json)
    workers = workers_seen(workspace) if plan.at is not None else None
    if as_json and dry_run:
        output.print_json(plan_to_data(plan, workers=workers))
    else:
        out = output.stderr if as_json else output.console
        out.print(plan_in_words(workspace, plan, workers=workers), markup=False)
    if plan.refused:
        raise Refused("Not sent: the errors above stand in the way.", advice="Mend them, then try again.")
    if dry_run:
        output.stderr.print("A dry run: nothing was handed over.")
    return plan


def _ask(plan: SendPlan, *, again: bool, yes: bool) -> None:
    from trax_mailer.cli.asking import ask, ask_twice
    from trax_mailer.cli.plan import question

    if plan.doubt:
        ask_twice(plan.doubt, question(plan), again=again, yes=yes, refused="Not sent")
    else:
        ask(question(plan), yes=yes, refused="Not sent")


def _schedule(workspace: Workspace, plan: SendPlan, *, as_json: bool) -> None:
    from trax_mailer.cli import output
    from trax_mailer.cli.account_data import account_to_data
    from trax_mailer.workflows.send import schedule
    from trax_mailer.workflows.sending_time import in_both
    from trax_mailer.workflows.status import status_of

    mailing = schedule(workspace, plan)
    if as_json:
        output.print_json(account_to_data(status_of(workspace, mailing.id)))
        return
    when = in_both(mailing.not_before or mailing.created_at, workspace.settings.timezone)
    output.console.print(
        f"Scheduled as mailing {mailing.id}: {when}.\n"
        f"Call it off with: trax cancel {mailing.id}\nSend it now with: trax resume {mailing.id}",
        markup=False,
    )


def _send(workspace: Workspace, plan: SendPlan, *, as_json: bool) -> None:
    from trax_mailer.cli.running import run_and_account
    from trax_mailer.workflows.send import carry_out

    def run(progress: Callable[[int, int], None], say: Callable[[str], None], wishes: Wishes) -> Account:
        return carry_out(workspace, plan, progress=progress, say=say, wishes=wishes)

    run_and_account(run, as_json=as_json)


def _send_test(workspace: Workspace, issue: str | None, address: str, through: str) -> None:
    from trax_mailer.cli import output
    from trax_mailer.workflows.trial import send_test_mail

    result = send_test_mail(workspace, issue, address=address, through=through)
    output.print_findings(result.findings)
    output.console.print(f"Handed one test mail for {address} to {result.transport}.", markup=False)
