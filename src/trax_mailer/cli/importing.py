"""`trax subscribers import`: bringing readers in."""

from __future__ import annotations

from pathlib import Path

import click

from trax_mailer.cli.opening import workspace_of

_STATES = ["subscribed", "unsubscribed", "bounced", "complained"]


@click.command("import", short_help="Import readers from a file, whatever system wrote it.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--list", "list_name", required=True, help="The list they join; made when it is new.")
@click.option("--dry-run", is_flag=True, help="Show what the columns are taken for and what would change.")
@click.option(
    "--as",
    "state",
    type=click.Choice(_STATES),
    help="What the rows are, where the file has no status column. Default: what its name or columns say, "
    "else subscribed.",
)
@click.option(
    "--consent", default="", metavar="WORDS", help="How they agreed to be mailed; kept as evidence."
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column holds: email, name, first name, last name, organisation, country, role, language, "
    "status, tags; “nothing” leaves it out; any other name keeps it as a field of that name.",
)
@click.option("--encoding", metavar="NAME", help="The file's encoding, where it is not told right.")
@click.option("--keep-typos", is_flag=True, help="Also take addresses such as …@gmial.com.")
@click.option(
    "--every-address", is_flag=True, help="Take all the addresses of a person, not only the first usable one."
)
@click.option(
    "--refused",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where refused rows are written. Default: FILE.refused.csv beside the file.",
)
@click.option("--force", is_flag=True, help="Replace the file that --refused names.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def import_command(
    ctx: click.Context,
    *,
    file: Path,
    list_name: str,
    dry_run: bool,
    state: str | None,
    consent: str,
    maps: tuple[str, ...],
    encoding: str | None,
    keep_typos: bool,
    every_address: bool,
    refused: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Import readers from FILE: CSV, TSV, .xlsx, vCards, or a .zip of such files.

    Exports of Mailchimp, SendGrid, Brevo, listmonk, Constant Contact, Google Contacts and Outlook are known
    by their columns. Look first with --dry-run. A row that cannot be used is written, with its line and the
    reason, to a file that can be mended and imported again; the rest goes in. Importing twice changes
    nothing, and nobody who left, bounced, complained, is suppressed or was erased comes back. Ends with 2
    when rows were refused.
    """
    from trax_mailer.cli.import_account import print_as_json, print_as_text
    from trax_mailer.cli.progress import progress_bar
    from trax_mailer.workflows.importing import ImportRequest, import_file

    request = ImportRequest(
        list_name=list_name,
        state=state,
        encoding=encoding,
        meant=_meant(maps),
        consent=consent,
        keep_typos=keep_typos,
        every_address=every_address,
        refused=refused,
        force=force,
        dry_run=dry_run,
    )
    with progress_bar("Reading" if dry_run else "Importing", shown=not as_json) as advance:
        reports = import_file(workspace_of(ctx), file, request, progress=advance)
    if as_json:
        print_as_json(reports, request)
    else:
        print_as_text(reports, request)
    ctx.exit(2 if any(report.refused_by for report in reports) else 0)


def _meant(maps: tuple[str, ...]) -> dict[str, str]:
    meant = {}
    for one in maps:
        column, sign, field = one.rpartition("=")
        if not sign or not column.strip() or not field.strip():
            raise click.BadParameter(f"“{one}” is not of the form “Column=field”.", param_hint="--map")
        meant[column.strip()] = field.strip()
    return meant
