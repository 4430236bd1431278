"""`trax subscribers suppress` and `trax subscribers unsuppress`."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.command("suppress", short_help="Never mail an address again.")
@click.argument("address")
@click.option("--reason", default="", metavar="WORDS", help="Why; kept, so name nobody.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def suppress_command(ctx: click.Context, *, address: str, reason: str, as_json: bool) -> None:
    """Never mail ADDRESS again, whatever the lists say. Takes effect on mailings under way."""
    from trax_mailer.cli import output
    from trax_mailer.workflows.subscribers import suppress_address

    changed = suppress_address(workspace_of(ctx), address, reason=reason)
    if as_json:
        output.print_json({"address": address, "changed": changed})
    else:
        words = "will not be mailed." if changed else "was suppressed already."
        output.console.print(f"{address} {words}", markup=False)


@click.command("unsuppress", short_help="Let an address be mailed again, with the reason.")
@click.argument("address")
@click.option(
    "--reason", required=True, metavar="WORDS", help="Why it may be mailed again; kept as evidence."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def unsuppress_command(ctx: click.Context, *, address: str, reason: str, as_json: bool) -> None:
    """Lift what keeps ADDRESS from being mailed. Where they stand with each list stays as it is.

    Refused where the reader left everything or reported a mail as unwanted: only their own confirmation
    lifts that. At SendGrid as well: trax suppressions lift ADDRESS --at-sendgrid
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.staff import unsuppress

    if not reason.strip():
        raise click.UsageError("Say why with --reason WORDS.")
    was = unsuppress(workspace_of(ctx), address, reason=reason)
    if as_json:
        output.print_json({"address": address, "was": was})
    else:
        output.console.print(
            f"{address} is not suppressed any more (it was: {was}). It is mailed only from lists that it is "
            "subscribed to.",
            markup=False,
        )
