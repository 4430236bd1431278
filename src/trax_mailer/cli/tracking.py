"""`trax tracking`: what is kept of readers' visits, by list."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of

MODES = ("none", "aggregate", "individual")

_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group(
    "tracking",
    invoke_without_command=True,
    short_help="Show what is kept of readers' visits, or change it for a list.",
)
@click.pass_context
def tracking_command(ctx: click.Context) -> None:
    """Show how much is kept of what readers do with mails, or choose it for a list.

    none: nothing; links are the plain targets, and pictures travel inside the mail. aggregate: counts, by
    pseudonyms that stand nowhere beside a reader. individual: tied to the reader, for those alone who
    consented to it; everybody else as aggregate.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(show_command)


@tracking_command.command("show")
@_json
@click.pass_context
def show_command(ctx: click.Context, *, as_json: bool = False) -> None:
    """Show the mode of every list."""
    from dataclasses import asdict

    from trax_mailer.cli import output
    from trax_mailer.workflows.tracking.modes import tracking_account

    account = tracking_account(workspace_of(ctx))
    if as_json:
        output.print_json(asdict(account))
        return
    shown = output.table("list", "mode", "consented to individual", "want none", right=("want none",))
    for one in account.lists:
        shown.add_row(output.escape(one.name), one.mode, f"{one.consenting:,}", f"{one.untracked:,}")
    output.console.print(shown)
    opens = "Opens are counted" if account.pixel else "Opens are not counted"
    output.console.print(f"{opens}. Pseudonyms are deleted after {account.days} days; counts stay.")
    if account.dropped:
        output.console.print(f"{account.dropped:,} visits were not kept: more came than could be written.")


@tracking_command.command("set")
@click.argument("list_name", metavar="LIST")
@click.argument("mode", type=click.Choice(MODES))
@_json
@click.pass_context
def set_command(ctx: click.Context, *, list_name: str, mode: str, as_json: bool) -> None:
    """Choose how much mailings to LIST keep from now on.

    Mailings that are made already, and copies that were sent, stay as they are.
    """
    from trax_mailer.cli import output
    from trax_mailer.model.visit import TrackingMode
    from trax_mailer.workflows.tracking.modes import choose_tracking

    changed = choose_tracking(workspace_of(ctx), list_name, TrackingMode(mode))
    if as_json:
        output.print_json({"list": list_name, "mode": mode, "changed": changed})
        return
    kept = "is now" if changed else "was already"
    output.console.print(
        f"Tracking of “{output.escape(list_name)}” {kept}: {mode}. It holds for mailings made from now on."
    )
