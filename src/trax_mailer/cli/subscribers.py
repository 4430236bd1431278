"""`trax subscribers` and `trax lists`."""

from __future__ import annotations

import click

from trax_mailer.cli.importing import import_command
from trax_mailer.cli.opening import workspace_of


@click.group("subscribers", short_help="Import readers, and keep addresses off the lists.")
def subscribers_command() -> None:
    """Import readers into lists, and keep addresses from ever being mailed."""


subscribers_command.add_command(import_command)


@subscribers_command.command("suppress")
@click.argument("address")
@click.pass_context
def suppress_command(ctx: click.Context, *, address: str) -> None:
    """Never mail ADDRESS again, whatever the lists say. Takes effect on mailings under way."""
    from trax_mailer.cli.output import console
    from trax_mailer.workflows.subscribers import suppress_address

    suppress_address(workspace_of(ctx), address)
    console.print(f"{address} will not be mailed.", markup=False)


@click.command("lists", short_help="Show the lists and how many readers each has.")
@click.option("--json", "as_json", is_flag=True, help="Print the lists as JSON.")
@click.pass_context
def lists_command(ctx: click.Context, *, as_json: bool) -> None:
    """Show every list: how many readers are subscribed, left, bounced or complained."""
    from dataclasses import asdict

    from trax_mailer.cli import output
    from trax_mailer.workflows.subscribers import show_lists

    lists = show_lists(workspace_of(ctx))
    if as_json:
        output.print_json([asdict(one) for one in lists])
        return
    if not lists:
        output.console.print("No list yet. Make one with: trax subscribers import FILE --list NAME")
        return
    columns = ("subscribed", "pending", "unsubscribed", "bounced", "complained")
    shown = output.table("list", *columns, right=columns)
    for one in lists:
        shown.add_row(one.name, *(f"{getattr(one, column):,}" for column in columns))
    output.console.print(shown)
