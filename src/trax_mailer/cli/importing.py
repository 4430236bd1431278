"""`trax subscribers import`."""

from __future__ import annotations

from pathlib import Path

import click

from trax_mailer.cli.opening import workspace_of


@click.command("import", short_help="Import readers from a file into a list.")
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
