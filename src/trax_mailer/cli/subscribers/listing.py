"""`trax subscribers list`."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.workflows.rosters import Page

_COLUMNS = ("id", "email", "name", "language", "lists", "tags", "suppressed")


@click.command("list", short_help="List readers, by list, state, tag or words.")
@click.option("--list", "list_name", default="", help="Only those who are or were on this list.")
@click.option(
    "--state",
    type=click.Choice(["pending", "subscribed", "unsubscribed", "bounced", "complained", "suppressed"]),
    default=None,
    help="Only those who stand there, on the list or on any.",
)
@click.option("--tag", default="", help="Only those with this tag.")
@click.option("--search", default="", metavar="WORDS", help="Only those with these words in address or name.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@click.option("--after", type=click.IntRange(0), default=0, help="Go on after the reader of this number.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, for a spreadsheet.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def list_command(
    ctx: click.Context,
    *,
    list_name: str,
    state: str | None,
    tag: str,
    search: str,
    limit: int,
    after: int,
    as_csv: bool,
    as_json: bool,
) -> None:
    """List readers in the order in which they came.

    To write all of them into a file: trax subscribers export
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.rosters import Choice, page_of_readers

    if as_csv and as_json:
        raise click.UsageError("Give --csv or --json, not both.")
    choice = Choice(list_name=list_name, state=state or "", tag=tag, search=search)
    page = page_of_readers(workspace_of(ctx), choice, after=after, limit=limit)
    if as_json:
        data = [line.as_data() for line in page.lines]
        output.print_json({"readers": data, "total": page.total, "next_after": page.next_after or None})
    elif as_csv:
        _print_csv(page)
    else:
        _print(page)


def _print(page: Page) -> None:
    from trax_mailer.cli import output

    shown = output.table("no", "address", "name", "lists", "tags", right=("no",))
    for line in page.lines:
        places = ", ".join(_place(place.list_name, place.state.value) for place in line.places)
        kept_out = f"suppressed ({line.suppressed})" if line.suppressed else ""
        shown.add_row(
            str(line.id),
            output.escape(line.email),
            output.escape(line.name),
            output.escape("; ".join(filter(None, [kept_out, places])) or "none"),
            output.escape(", ".join(line.tags)),
        )
    if page.lines:
        output.console.print(shown)
    people = "reader" if page.total == 1 else "readers"
    more = f" The next ones: the same with --after {page.next_after}" if page.next_after else ""
    output.stderr.print(f"{len(page.lines):,} of {page.total:,} {people}.{more}", markup=False)


def _print_csv(page: Page) -> None:
    from trax_mailer.model.spreadsheet import harmless

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for line in page.lines:
        places = ", ".join(f"{place.list_name}: {place.state}" for place in line.places)
        cells = (
            str(line.id),
            line.email,
            line.name,
            line.language,
            places,
            " ".join(line.tags),
            line.suppressed,
        )
        writer.writerow([harmless(cell) for cell in cells])


def _place(name: str, state: str) -> str:
    return name if state == "subscribed" else f"{name} ({state})"
