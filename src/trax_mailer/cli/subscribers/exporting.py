"""`trax subscribers export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.workflows.wiring import Workspace


@click.command("export", short_help="Write readers to a file, or one person's data.")
@click.argument("address", required=False)
@click.option("--list", "list_name", default="", help="Only the readers of this list.")
@click.option(
    "--state",
    type=click.Choice(["pending", "subscribed", "unsubscribed", "bounced", "complained", "suppressed"]),
    default=None,
    help="Only the readers who stand there.",
)
@click.option("--tag", default="", help="Only the readers with this tag.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "json", "xlsx"]), default=None, help="Default: csv."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--output",
    "to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="The file to write, readable by you alone. Default: standard output.",
)
@click.option("--force", is_flag=True, help="Replace the file where it exists.")
@click.pass_context
def export_command(
    ctx: click.Context,
    *,
    address: str | None,
    list_name: str,
    state: str | None,
    tag: str,
    form: str | None,
    as_json: bool,
    to: Path | None,
    force: bool,
) -> None:
    """Write every reader, or those of a list, a row for each subscription; or all that is held on ADDRESS.

    What a spreadsheet would take for a formula begins with an apostrophe. One person's data is JSON, as it
    may be given to them: it names nobody of the staff. Keep such files no longer than they are needed.
    """
    if as_json and form not in {None, "json"}:
        raise click.UsageError("Give --json or another --format, not both.")
    workspace = workspace_of(ctx)
    if address is not None:
        if list_name or state or tag or form not in {None, "json"}:
            raise click.UsageError(
                "One person's data is whole and JSON: leave out --list, --state, --tag and --format."
            )
        _export_one(workspace, address, to=to, force=force)
        return
    from trax_mailer.workflows.rosters import Choice, export

    choice = Choice(list_name=list_name, state=state or "", tag=tag)
    count = export(workspace, choice, form="json" if as_json else form or "csv", to=to, force=force)
    if to is not None:
        click.echo(f"{count:,} rows are in {to}. Delete it when it is not needed any more.", err=True)


def _export_one(workspace: Workspace, address: str, *, to: Path | None, force: bool) -> None:
    from trax_mailer.workflows.rosters import write_text
    from trax_mailer.workflows.staff import look_up

    content = json.dumps(look_up(workspace, address).as_data(), ensure_ascii=False, indent=2) + "\n"
    if to is None:
        click.echo(content, nl=False)
    else:
        write_text(to, content, force=force)
        click.echo(f"Written to {to}. Give it to its reader alone.", err=True)
