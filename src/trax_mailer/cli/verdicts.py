"""`trax verdicts`: whether people or machines made the visits of an issue."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.command("verdicts", short_help="Show whether people or machines made the visits of an issue.")
@click.argument("issue", type=click.IntRange(min=0))
@click.option("--recompute", is_flag=True, help="Judge all of them anew, by the rules of today.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_context
def verdicts_command(ctx: click.Context, *, issue: int, recompute: bool, as_json: bool) -> None:
    """Show what the clicks and opens of ISSUE (its number) are taken for, and by what.

    Every visit stays counted, whatever its verdict. New ones are judged some minutes after they came, while
    “trax serve” runs.
    """
    from dataclasses import asdict

    from trax_mailer.cli import output
    from trax_mailer.workflows.tracking.judging import verdicts_of

    found = verdicts_of(workspace_of(ctx), issue, recompute=recompute)
    if as_json:
        output.print_json(asdict(found))
        return
    if found.lines:
        shown = output.table("visit", "by", "because", "visits", right=("visits",))
        for one in found.lines:
            shown.add_row(one.kind, one.verdict, one.why, f"{one.visits:,}")
        output.console.print(shown)
    else:
        output.console.print(f"No visits of No {issue} are kept one by one.")
    if found.folded:
        output.console.print(
            f"{found.folded:,} older visits are counts by now, and keep the verdicts that they had."
        )
