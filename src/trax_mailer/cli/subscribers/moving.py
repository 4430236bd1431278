"""`trax subscribers move`."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.command("move", short_help="Change a reader's address.")
@click.argument("old")
@click.argument("new")
@click.option("--reason", default="", metavar="WORDS", help="How they asked for it; kept, so name nobody.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def move_command(ctx: click.Context, *, old: str, new: str, reason: str, as_json: bool) -> None:
    """Change the address of the reader OLD to NEW. Where they stand with each list stays as it is.

    Deliveries that wait go to the new address. The old one is never mailed again, whatever file has it.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.staff import move

    changed = move(workspace_of(ctx), old, new, reason=reason)
    if as_json:
        output.print_json({"address": new, "changed": changed})
    else:
        words = f"{old} is {new} from now on." if changed else "They have that address already."
        output.console.print(words, markup=False)
