"""`trax subscribers erase`."""

from __future__ import annotations

import click

from trax_mailer.cli.asking import ask
from trax_mailer.cli.opening import workspace_of


@click.command("erase", short_help="Erase a reader for good, at their wish.")
@click.argument("address")
@click.option("--reason", default="", metavar="WORDS", help="How they asked for it; kept, so name nobody.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def erase_command(ctx: click.Context, *, address: str, reason: str, yes: bool, as_json: bool) -> None:
    """Erase everything that tells who the reader ADDRESS is. This cannot be undone.

    What stays: that a mail went to somebody, for the account of past mailings, and a keyed hash of the
    address, so that no import brings them back. Links in mails they have still answer. Backups made before
    still hold them: restored over this ledger, they are erased again.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.staff import erase, look_up

    workspace = workspace_of(ctx)
    held = look_up(workspace, address)
    lists, mails = len(held.subscriptions), len(held.deliveries)
    ask(
        f"{held.address} is known on {lists} {'list' if lists == 1 else 'lists'}, with "
        f"{mails} {'delivery' if mails == 1 else 'deliveries'}.\n"
        "Name, address, fields, tags and history go for good; no import brings them back.\nErase them?",
        yes=yes,
        refused="Nothing was erased",
    )
    erased = erase(workspace, address, reason=reason)
    if as_json:
        output.print_json({"erased": erased})
    else:
        output.console.print("Erased. Backups made before today still hold them: see trax backup.")
