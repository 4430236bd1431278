"""`trax subscribers unsubscribe`."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.command("unsubscribe", short_help="Take a reader off a list, or off everything.")
@click.argument("address")
@click.option("--list", "list_name", default=None, help="The list; needed where they are on several.")
@click.option("--everywhere", is_flag=True, help="Off every list, and off those to come.")
@click.option("--reason", default="", metavar="WORDS", help="How they asked for it; kept, so name nobody.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def unsubscribe_command(
    ctx: click.Context, *, address: str, list_name: str | None, everywhere: bool, reason: str, as_json: bool
) -> None:
    """Take the reader ADDRESS off a list, at their word. Takes effect on mailings under way.

    Only their own confirmation brings them back.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.staff import unsubscribe

    if list_name is not None and everywhere:
        raise click.UsageError("Give --list or --everywhere, not both.")
    off = unsubscribe(workspace_of(ctx), address, list_name=list_name, everywhere=everywhere, reason=reason)
    if as_json:
        output.print_json({"address": address, "unsubscribed": list(off), "everywhere": everywhere})
        return
    names = ", ".join(f"“{name}”" for name in off)
    words = f"{address} is off {names}." if off else f"{address} had left already."
    if everywhere:
        words += " They will not be mailed from any list."
    output.console.print(words, markup=False)
