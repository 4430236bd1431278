"""`trax suppressions`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.errors import ProviderError

REASONS = ("staff", "unsubscribed", "complained", "bounced")
LISTS = ("bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes", "groups")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group("suppressions", short_help="Addresses never to be mailed: look, sync with SendGrid, lift.")
def suppressions_command() -> None:
    """Addresses that are never mailed, whatever the lists say, and SendGrid's own lists of such addresses.

    “trax subscribers suppress ADDRESS” adds one. docs/suppressions.md says what each list means.
    """


@suppressions_command.command("list")
@click.option("--reason", type=click.Choice(REASONS), help="Only those suppressed for this reason.")
@click.option("--sendgrid", "theirs", is_flag=True, help="SendGrid's lists as last seen, instead of ours.")
@click.option("--on", "which", type=click.Choice(LISTS), help="Only this list of SendGrid's.")
@click.option("--gone", is_flag=True, help="Those that left SendGrid's list, and are suppressed here still.")
@click.option(
    "--limit", type=click.IntRange(0), default=100, show_default=True, help="Show so many; 0 for all."
)
@_json
@click.pass_context
def list_command(
    ctx: click.Context,
    *,
    reason: str | None,
    theirs: bool,
    which: str | None,
    gone: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List who is suppressed here; or, with --sendgrid, --on or --gone, who stands on SendGrid's lists."""
    from trax_mailer.cli import suppressions_shown as shown
    from trax_mailer.workflows.suppressions import list_ours, list_theirs

    workspace = workspace_of(ctx)
    if theirs or which or gone:
        if reason:
            raise click.UsageError("--reason is about our own suppressions, not about SendGrid's lists.")
        entries = list_theirs(workspace, which or "", gone=True if gone else None, limit=limit)
        shown.show_theirs(entries, limit=limit, as_json=as_json, zone=workspace.settings.timezone)
        return
    ours = list_ours(workspace, reason=reason or "", limit=limit)
    shown.show_ours(ours, as_json=as_json, zone=workspace.settings.timezone)


@suppressions_command.command("show")
@click.argument("address")
@_json
@click.pass_context
def show_command(ctx: click.Context, *, address: str, as_json: bool) -> None:
    """Show everything that keeps ADDRESS from being mailed: here, on each list, and at SendGrid."""
    from trax_mailer.cli.suppressions_shown import show_look
    from trax_mailer.workflows.suppressions import show_address

    workspace = workspace_of(ctx)
    show_look(show_address(workspace, address), as_json=as_json, zone=workspace.settings.timezone)


@suppressions_command.command("sync")
@click.option("--dry-run", is_flag=True, help="Read SendGrid's lists and show the effect; change nothing.")
@_json
@click.pass_context
def sync_command(ctx: click.Context, *, dry_run: bool, as_json: bool) -> None:
    """Bring our suppressions and SendGrid's six lists together, both ways.

    Nobody comes back by it: what left SendGrid's lists is told, and stays suppressed here. It may be broken
    off and run again at any time. Ends with 5 where SendGrid refused a part.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.suppressions_shown import counting, show_sync
    from trax_mailer.workflows.syncing import sync_now

    with counting(shown=not as_json) as progress:
        report = sync_now(
            workspace_of(ctx),
            dry_run=dry_run,
            progress=progress,
            say=lambda words: output.stderr.print(words, markup=False),
        )
    show_sync(report, as_json=as_json)
    if report.troubles:
        raise ProviderError("\n".join(report.troubles), advice="The other lists are done.")


@suppressions_command.command("lift")
@click.argument("address")
@click.option("--at-sendgrid", is_flag=True, help="Also off SendGrid's bounces, blocks, invalid addresses.")
@click.option("--because", default="", metavar="WORDS", help="Why; kept with who did it.")
@_json
@click.pass_context
def lift_command(ctx: click.Context, *, address: str, at_sendgrid: bool, because: str, as_json: bool) -> None:
    """Let ADDRESS be mailed again, where staff may decide that.

    A reader who left or complained is brought back only by their own confirmation; then it is lifted with
    this command at SendGrid, too. Subscriptions stay as they are.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.suppressions_shown import show_lifted
    from trax_mailer.workflows.syncing import lift_address

    lifted = lift_address(
        workspace_of(ctx),
        address,
        at_sendgrid=at_sendgrid,
        words=because,
        say=lambda words: output.stderr.print(words, markup=False),
    )
    show_lifted(lifted, as_json=as_json)


@suppressions_command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reason", type=click.Choice(REASONS), required=True, help="Why they are not to be mailed.")
@_json
@click.pass_context
def import_command(ctx: click.Context, *, file: Path, reason: str, as_json: bool) -> None:
    """Suppress the addresses of FILE: text with one a line, or CSV, such as SendGrid's own exports.

    Only staff and bounced can be lifted again by staff. Ends with 2 when rows hold no usable address.
    """
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.cli.suppressions_shown import show_import
    from trax_mailer.workflows.suppressions import import_file

    with progress_bar("Reading", shown=not as_json) as advance:
        report = import_file(workspace_of(ctx), file, reason=reason, progress=advance)
    show_import(report, file, as_json=as_json)
    ctx.exit(2 if report.refused_rows else 0)


@suppressions_command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.pass_context
def export_command(ctx: click.Context, *, file: Path | None, force: bool) -> None:
    """Write our suppressions as CSV, into FILE or to standard output: email, reason, since, source."""
    from trax_mailer.cli.output import stderr
    from trax_mailer.workflows.suppressions import export_file, export_to

    workspace = workspace_of(ctx)
    if file is None:
        export_to(workspace, sys.stdout)
        return
    count = export_file(workspace, file, force=force)
    stderr.print(f"{count:,} addresses in {file}. Keep it private.", markup=False)
