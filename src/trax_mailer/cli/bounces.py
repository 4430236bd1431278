"""`trax bounces`."""

from __future__ import annotations

from pathlib import Path

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.errors import BadOption

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("bounces", short_help="Read the mailbox of bounces, and do what follows for readers.")
@click.option(
    "--imap", is_flag=True, help="Read the IMAP folder that trax.yaml names; so without any option."
)
@click.option("--maildir", type=_FOLDER, default=None, help="Read this Maildir instead.")
@click.option("--mbox", type=_FILE, default=None, help="Read this mbox file, or one message, instead.")
@click.option("--dry-run", is_flag=True, help="Say what lies there and what would follow; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def bounces_command(
    ctx: click.Context, *, imap: bool, maildir: Path | None, mbox: Path | None, dry_run: bool, as_json: bool
) -> None:
    """Read what came back: delivery reports, complaints, and readers who ask to leave.

    Nothing in the mailbox is changed, and reading it again says nothing new. Whose address takes no mail any
    more is not mailed again; who complained is suppressed as well; who cannot be reached for the moment is
    mailed again, unless that happens several mailings in a row (bounces.soft_limit in trax.yaml).

    Absence notices and challenges are no bounces. Messages that look like reports and cannot be understood
    are listed, for a person to look at. “trax serve” and “trax worker” do the same every few minutes.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.bounces_found import found_to_data, print_found
    from trax_mailer.workflows.bounces import read_bounces_in, read_imap_once

    if sum((imap, maildir is not None, mbox is not None)) > 1:
        raise BadOption("Only one mailbox can be read at once.", advice="Give --imap, --maildir or --mbox.")
    workspace = workspace_of(ctx)
    path = maildir or mbox
    found = (
        read_bounces_in(workspace, path, dry_run=dry_run)
        if path is not None
        else read_imap_once(workspace, dry_run=dry_run)
    )
    if as_json:
        output.print_json(found_to_data(found, dry_run=dry_run))
    else:
        print_found(found, zone=workspace.settings.timezone, dry_run=dry_run)
