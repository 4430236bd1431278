"""`trax send`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.errors import ProviderError, Refused

if TYPE_CHECKING:
    from trax_mailer.workflows.send import SendPlan
    from trax_mailer.workflows.wiring import Workspace


@click.command("send", short_help="Send an issue to a list, or one test mail to yourself.")
@click.argument("issue", required=False)
@click.option("--list", "list_name", default=None, help="The list to send to.")
@click.option("--test", "address", default=None, help="Send one test mail to this address, and nothing else.")
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
    address: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Send ISSUE to every reader of a list, in batches, through the transport that trax.yaml names.

    It checks the issue, the sender and the pictures first, shows how many readers will get it, and asks.
    Ctrl-C stops it between two calls; the same command continues where it stopped.
    """
    if address and (list_name or dry_run or as_json):
        raise click.UsageError(
            "--test sends one mail to one address; leave out --list, --dry-run and --json."
        )
    workspace = workspace_of(ctx)
    if address:
        _send_test(workspace, issue, address)
        return
    if not list_name:
        raise click.UsageError("Say which list: --list NAME, or --test ADDRESS for one test mail.")
    _send(workspace, issue, list_name, dry_run=dry_run, yes=yes, as_json=as_json)


def _send(
    workspace: Workspace, issue: str | None, list_name: str, *, dry_run: bool, yes: bool, as_json: bool
) -> None:
    from trax_mailer.cli import output
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.cli.status import account_to_data, print_account
    from trax_mailer.workflows.send import carry_out, prepare_send

    plan = prepare_send(workspace, issue, list_name=list_name)
    output.print_findings(plan.findings, to_stderr=as_json)
    if not as_json:
        output.console.print(_in_words(workspace, plan), markup=False)
    if plan.refused:
        raise Refused("Not sent: the errors above stand in the way.", advice="Mend them, then try again.")
    if dry_run:
        output.stderr.print("A dry run: nothing was handed over.")
        return
    _ask(plan, yes=yes)
    with _stopping() as stop, progress_bar("Sending", shown=not as_json) as advance:
        account = carry_out(workspace, plan, progress=advance, stop=stop)
    if as_json:
        output.print_json(account_to_data(account))
    else:
        print_account(account)
    if not account.proof.accepted and not account.proof.waiting:
        raise ProviderError("Nobody was reached.", advice="The reasons stand beside the readers above.")
    if account.proof.waiting:
        raise Refused(
            f"{account.proof.waiting:,} readers are still waiting.",
            advice="The same command continues the mailing; nobody is mailed twice.",
        )


def _in_words(workspace: Workspace, plan: SendPlan) -> str:
    settings = workspace.settings
    lines = [
        plan.subject,
        f"  to       {plan.audience:,} readers of “{plan.list_name}”"
        + (f" ({plan.kept_out:,} more are suppressed and kept out)" if plan.kept_out else ""),
        f"  from     {settings.from_name} <{settings.from_email}>, answers to {settings.reply_to}",
        f"  through  {plan.transport}"
        + (f", as files in {settings.outbox} (nothing leaves this machine)" if plan.simulated else ""),
        f"  edition  {plan.edition.hash[:12]}",
    ]
    if plan.unfinished:
        lines.append(f"  continues mailing {plan.unfinished.id}, which was not finished")
    if plan.replaced:
        lines.append(f"  takes the place of mailing {plan.replaced.id}, which goes to nobody any more")
    return "\n".join(lines)


def _ask(plan: SendPlan, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("Not sent: nobody is here to confirm it.", advice="Add --yes to send without asking.")
    verb = "Write" if plan.simulated else "Send"
    if not click.confirm(f"{verb} it to {plan.audience:,} readers now?", default=False):
        raise Refused("Not sent.")


@contextmanager
def _stopping() -> Iterator[Event]:
    """Turn the first Ctrl-C or SIGTERM into a request to stop between two calls."""
    stop = Event()

    def ask_to_stop(_number: int, _frame: object) -> None:
        click.echo("\nStopping after the call under way …", err=True)
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _send_test(workspace: Workspace, issue: str | None, address: str) -> None:
    from trax_mailer.cli import output
    from trax_mailer.workflows.trial import send_test_mail

    result = send_test_mail(workspace, issue, address=address)
    output.print_findings(result.findings)
    output.console.print(f"Handed one test mail for {address} to {result.transport}.", markup=False)
