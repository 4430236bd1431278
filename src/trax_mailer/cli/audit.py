"""`trax audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.model.trail import TrailLine


@click.command("audit", short_help="Show who changed what about readers and lists, and when.")
@click.option("--about", default=None, metavar="ADDRESS", help="Only what concerns this reader.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@click.option("--before", type=click.IntRange(1), default=None, help="Only acts of a lower number.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_context
def audit_command(
    ctx: click.Context, *, about: str | None, limit: int, before: int | None, as_json: bool
) -> None:
    """Show the trail of acts, the newest first: imports, confirmations, bounces, and what staff did.

    Of an erased reader it says that something was done, and when; not to whom.
    """
    from trax_mailer.cli import output
    from trax_mailer.cli.subscribers.times import moment
    from trax_mailer.workflows.rosters import trail_of

    workspace = workspace_of(ctx)
    lines = trail_of(workspace, about=about, before=before, limit=limit)
    if as_json:
        output.print_json([line.as_data() for line in lines])
        return
    if not lines:
        output.console.print("Nothing was done yet.")
        return
    shown = output.table("no", "when", "kind", "by", "what", right=("no",))
    for line in lines:
        when = moment(line.at, workspace.settings.timezone)
        shown.add_row(str(line.id), when, line.kind.value, output.escape(line.by), output.escape(_what(line)))
    output.console.print(shown)
    if len(lines) == limit:
        output.stderr.print(f"Earlier ones: the same with --before {lines[-1].id}", markup=False)


def _what(line: TrailLine) -> str:
    reader = "an erased reader" if line.erased else line.reader
    to = f"→ {line.state}" if line.state else ""
    on = f"on “{line.list_name}”" if line.list_name else ""
    details = line.details.get("changed") or line.details.get("tags")
    more = f"({', '.join(map(str, details))})" if isinstance(details, list) else ""
    where = " ".join(filter(None, [reader, to, on]))
    return " — ".join(filter(None, [where, " ".join(filter(None, [line.words, more])), line.source]))
