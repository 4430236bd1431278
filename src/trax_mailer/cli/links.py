"""`trax links`: the links of an issue that was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trax_mailer.workflows.tracking.links import LinkLine

_json = click.option("--json", "as_json", is_flag=True, help="Print the links as JSON.")


@click.group(
    "links",
    invoke_without_command=True,
    short_help="Show the links of a sent issue, or lead one of them elsewhere.",
)
@click.argument("issue", type=click.IntRange(min=0))
@click.pass_context
def links_command(ctx: click.Context, *, issue: int) -> None:
    """Show where the links of ISSUE (its number) lead, as it was sent; or lead one of them elsewhere.

    Only tracked links can be led elsewhere: others stand in the mails as plain targets.
    """
    ctx.obj = issue
    if ctx.invoked_subcommand is None:
        ctx.invoke(show_command)


@links_command.command("show")
@_json
@click.pass_context
def show_command(ctx: click.Context, *, as_json: bool = False) -> None:
    """Show the links with their numbers."""
    from trax_mailer.workflows.tracking.links import links_of_issue

    _print(links_of_issue(workspace_of(ctx), ctx.obj), as_json=as_json)


@links_command.command("retarget")
@click.argument("number", type=click.IntRange(min=1))
@click.argument("url")
@_json
@click.pass_context
def retarget_command(ctx: click.Context, *, number: int, url: str, as_json: bool) -> None:
    """Lead link NUMBER to URL, in every copy that was sent and will be.

    Every “trax serve” takes it in within a second, and readers who follow the link after that get there. What
    was clicked before stays counted for the link.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.tracking.links import retarget

    line = retarget(workspace_of(ctx), ctx.obj, number, url=url)
    if as_json:
        _print([line], as_json=True)
        return
    mailings = "mailing" if len(line.mailings) == 1 else "mailings"
    output.console.print(
        f"Link {number} of No {ctx.obj} leads to {output.escape(line.target)} within a second, in {mailings} "
        f"{', '.join(map(str, line.mailings))}."
    )


def _print(lines: Sequence[LinkLine], *, as_json: bool) -> None:
    from dataclasses import asdict

    from trax_mailer.cli import output

    if as_json:
        output.print_json([asdict(line) | {"moved": line.moved} for line in lines])
        return
    shown = output.table("link", "words", "leads to", right=("link",))
    for line in lines:
        leads = line.target if not line.moved else f"{line.target}\n(sent as {line.sent_as})"
        shown.add_row(str(line.number), output.escape(line.label), output.escape(leads))
    output.console.print(shown)
    if not any(line.mailings for line in lines):
        output.console.print("They were sent as plain targets: none of them can be led elsewhere.")
