"""`trax render`."""

from __future__ import annotations

from pathlib import Path

import click

from trax_mailer.cli.opening import workspace_of


@click.command("render", short_help="Write an issue as .html, .txt and .eml files.")
@click.argument("issue", required=False)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder to write into; made when missing.",
)
@click.option(
    "--topics", default=None, metavar="NAMES", help="As readers get it who chose these: jobs,trainings."
)
@click.pass_context
def render_command(ctx: click.Context, *, issue: str | None, folder: Path, topics: str | None) -> None:
    """Write ISSUE as a page (.html, pictures beside it), as plain text (.txt) and as a mail (.eml).

    The mail is a preview: its links to leave the list do nothing. The same input gives the same bytes.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.render import render_to
    from trax_mailer.workflows.topics import named_topics

    workspace = workspace_of(ctx)
    if topics is not None and not topics.strip(", "):
        raise click.UsageError("No topic is named. For the whole issue, leave out --topics.")
    chosen = named_topics(workspace.settings, topics or "")
    written = render_to(workspace, issue, folder=folder, topics=chosen)
    output.print_findings(written.findings)
    for path in written.files:
        output.console.print(str(path))
