"""`trax status`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.model.mailing import Mailing, Proof
    from trax_mailer.workflows.status import Look
    from trax_mailer.workflows.wiring import Workspace

CLASSES = ("accepted", "skipped", "failed", "uncertain", "waiting")


@click.command("status", short_help="Show the mailings, their proof, and who was not reached.")
@click.argument("mailing", type=int, required=False)
@click.option(
    "--watch", is_flag=True, help="Show it again every second, until it is done, paused or cancelled."
)
@click.option(
    "--readers",
    type=click.Choice(CLASSES),
    default=None,
    help="List every reader of one class, with reason and what was reported.",
)
@click.option("--csv", "as_csv", is_flag=True, help="With --readers: as CSV, for a spreadsheet.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def status_command(
    ctx: click.Context,
    *,
    mailing: int | None,
    watch: bool,
    readers: str | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Show every mailing; or, with MAILING (its number), its account and who was not reached and why.

    “Accepted” means that the transport took a message: not that it was delivered, or read. “Uncertain”
    means that no answer was seen: that reader may have it, or not, and is never sent it again without a
    person's word; see trax resolve. “Skipped” and “failed” readers surely got nothing.
    """
    if mailing is None and (watch or readers):
        raise click.UsageError("Say which mailing; “trax status” alone lists them.")
    if watch and (readers or as_csv):
        raise click.UsageError("--watch shows the account; leave out --readers and --csv.")
    if as_csv and (readers is None or as_json):
        raise click.UsageError("--csv goes with --readers, and without --json.")
    workspace = workspace_of(ctx)
    if mailing is None:
        _show_all(workspace, as_json=as_json)
    elif readers:
        _show_readers(workspace, mailing, readers, as_csv=as_csv, as_json=as_json)
    elif watch:
        _watch(workspace, mailing, as_json=as_json)
    else:
        _show_one(workspace, mailing, as_json=as_json)


def _show_all(workspace: Workspace, *, as_json: bool) -> None:
    from rich.markup import escape

    from trax_mailer.cli import output
    from trax_mailer.cli.account_data import mailing_to_data
    from trax_mailer.workflows.status import all_mailings

    mailings = all_mailings(workspace)
    if as_json:
        output.print_json([mailing_to_data(mailing, proof) for mailing, proof in mailings])
        return
    if not mailings:
        output.console.print("No mailing yet. Send an issue with: trax send ISSUE --list NAME")
        return
    shown = output.table("no", "issue", "to", "made", "state", "account", right=("no", "issue"))
    for mailing, proof in mailings:
        made = mailing.created_at.astimezone(workspace.settings.timezone)
        shown.add_row(
            str(mailing.id),
            str(mailing.issue_number),
            escape(mailing.list_name + (f", segment {mailing.segment}" if mailing.segment else "")),
            f"{made:%Y-%m-%d %H:%M}",
            _state(mailing),
            _in_short(workspace, mailing, proof),
        )
    output.console.print(shown)


def _state(mailing: Mailing) -> str:
    done = mailing.state.value == "done"
    return "simulated" if mailing.simulated and done else mailing.state.value


def _in_short(workspace: Workspace, mailing: Mailing, proof: Proof) -> str:
    """Who of the audience was accepted, and whatever else there is."""
    if mailing.state.value == "scheduled" and mailing.not_before:
        return f"at {mailing.not_before.astimezone(workspace.settings.timezone):%Y-%m-%d %H:%M}"
    others = (
        f", {count:,} {name}"
        for name in ("skipped", "failed", "uncertain", "waiting")
        if (count := getattr(proof, name))
    )
    return f"{proof.accepted:,} of {proof.audience:,} accepted{''.join(others)}"


def _show_one(workspace: Workspace, number: int, *, as_json: bool) -> None:
    from trax_mailer.cli import output
    from trax_mailer.cli.account import pace_in_words, print_account, print_times
    from trax_mailer.cli.account_data import account_to_data, pace_to_data
    from trax_mailer.workflows.status import look_at, status_of

    account, look = status_of(workspace, number), look_at(workspace, number)
    if as_json:
        output.print_json(account_to_data(account) | pace_to_data(look))
        return
    print_account(account)
    if account.mailing.state.value == "sending":
        output.console.print(pace_in_words(look), markup=False)
    if account.mailing.state.value == "scheduled":
        output.console.print(_when(workspace, account.mailing), markup=False)
    print_times(account, workspace.settings.timezone)


def _when(workspace: Workspace, mailing: Mailing) -> str:
    """When a scheduled mailing starts, and what is missing for that."""
    from trax_mailer.workflows.send import workers_seen
    from trax_mailer.workflows.sending_time import in_both

    when = in_both(mailing.not_before or mailing.created_at, workspace.settings.timezone)
    if workers_seen(workspace):
        return f"It starts by itself: {when}."
    return (
        f"Its time is {when}.\nNothing seems to be running that would start it then: start “trax serve” or "
        f"“trax worker”. It begins at once with: trax resume {mailing.id}"
    )


def _watch(workspace: Workspace, number: int, *, as_json: bool) -> None:
    from trax_mailer.cli.account_data import look_to_data
    from trax_mailer.cli.progress import watching
    from trax_mailer.workflows.status import watch

    def as_line(look: Look) -> None:
        click.echo(json.dumps(look_to_data(look), ensure_ascii=False))

    try:
        with watching(as_line if as_json else None) as draw:
            for look in watch(workspace, number, seconds=1.0):
                draw(look)
    except KeyboardInterrupt:
        click.echo("Stopped watching; the mailing itself goes on.", err=True)
        raise click.exceptions.Exit(130) from None
    if not as_json:
        _show_one(workspace, number, as_json=False)


def _show_readers(workspace: Workspace, number: int, name: str, *, as_csv: bool, as_json: bool) -> None:
    from trax_mailer.cli.reader_lines import print_as_csv, print_as_json, print_as_text
    from trax_mailer.workflows.status import readers_of

    lines = readers_of(workspace, number, name=name)
    if as_csv:
        print_as_csv(number, lines)
    elif as_json:
        print_as_json(number, lines)
    else:
        print_as_text(lines, name=name)
