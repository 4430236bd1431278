"""`trax subscribers` and `trax lists`."""

from __future__ import annotations

from pathlib import Path

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.cli.topics import topics_command


@click.group("subscribers", short_help="Import readers, and keep addresses off the lists.")
def subscribers_command() -> None:
    """Import readers into lists, and keep addresses from ever being mailed."""


subscribers_command.add_command(topics_command)


@subscribers_command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--list", "list_name", required=True, help="The list they join; made when it is new.")
@click.option(
    "--as",
    "state",
    type=click.Choice(["subscribed", "unsubscribed", "bounced"]),
    default="subscribed",
    show_default=True,
    help="What the rows are, where the file has no status column.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def import_command(ctx: click.Context, *, file: Path, list_name: str, state: str, as_json: bool) -> None:
    """Import readers from FILE: CSV with commas, semicolons or tabs, in UTF-8.

    The first row names the columns: email, name, language, status; further columns are kept. A row that
    cannot be used is reported with its line, the rest goes in. Importing twice changes nothing, and
    nobody who left, bounced or complained comes back. Ends with 2 when rows were refused.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.workflows.subscribers import import_file

    with progress_bar("Reading", shown=not as_json) as advance:
        report = import_file(workspace_of(ctx), file, list_name=list_name, state=state, progress=advance)
    if as_json:
        output.print_json(
            {
                "list": list_name,
                "added": report.added,
                "updated": report.updated,
                "unchanged": report.unchanged,
                "kept_out": report.kept_out,
                "refused": [
                    {"line": row.line, "email": row.email, "reason": row.reason} for row in report.refused
                ],
            }
        )
    else:
        for row in report.refused:
            output.console.print(f"{file}:{row.line}: {row.reason}", markup=False)
        output.console.print(
            f"List “{list_name}”: {report.added} added, {report.updated} updated, "
            f"{report.unchanged} unchanged, {report.kept_out} who left or bounced kept out, "
            f"{len(report.refused)} rows refused.",
            markup=False,
        )
    ctx.exit(2 if report.refused else 0)


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
