"""`trax init` and `trax new`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from trax_mailer.cli.opening import workspace_of


@click.command("init", short_help="Make a new workspace in a folder.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init_command(*, folder: Path) -> None:
    """Make a workspace in FOLDER: trax.yaml, a first issue, a theme, a list of made-up readers."""
    from trax_mailer.cli.output import console
    from trax_mailer.workflows.workspace import make_workspace

    for path in make_workspace(folder):
        console.print(str(path), markup=False)
    console.print(f"\nNext: cd {folder} && trax preview", markup=False)
    console.print("Then fill in trax.yaml: your organisation's name and address, and how to send.")


@click.command("new", short_help="Start the next issue.")
@click.argument("title")
@click.option(
    "--date",
    "on",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    default=None,
    help="The day it goes out, as 2026-12-01. Default: today.",
)
@click.pass_context
def new_command(ctx: click.Context, *, title: str, on: dt.datetime | None) -> None:
    """Start the next issue, with TITLE, as a folder of its own."""
    from trax_mailer.cli.output import console
    from trax_mailer.workflows.workspace import start_issue

    path = start_issue(workspace_of(ctx), title, on=on.date() if on else None)
    console.print(str(path), markup=False)
    console.print(f"Next: write it, and see it with: trax preview {path.parent.name}", markup=False)
