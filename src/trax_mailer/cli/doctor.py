"""`trax doctor`: what is missing at a provider's account, and what to do."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of
from trax_mailer.errors import ProviderError

_MARKS = {"good": "[green]✓[/]", "to do": "[red]✗[/]", "unknown": "[yellow]?[/]", "note": "[blue]·[/]"}


@click.group("doctor", short_help="Look at a provider's account: what is missing, and what to do.")
def doctor_command() -> None:
    """Look at a provider's account and say what is missing, or not as it should be. Nothing is changed."""


@doctor_command.command("sendgrid", short_help="Look at the account of the key in SENDGRID_API_KEY.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def sendgrid_command(ctx: click.Context, *, as_json: bool) -> None:
    """Read the settings of the SendGrid account, by the key in SENDGRID_API_KEY.

    The event webhook and its signature, tracking, the sender's domain, settings that change mails. Ends
    with 0 when all is well, with 2 when something has to be done, with 5 when SendGrid could not be asked.
    """
    from dataclasses import asdict

    from trax_mailer.cli import output
    from trax_mailer.workflows.doctor.lines import Health
    from trax_mailer.workflows.doctor.sendgrid import examine

    lines = examine(workspace_of(ctx))
    found = {one.health for one in lines}
    if as_json:
        output.print_json(
            {"ok": found <= {Health.GOOD, Health.NOTE}, "lines": [asdict(one) for one in lines]}
        )
    else:
        for one in lines:
            words = output.escape(one.words)
            output.console.print(f"{_MARKS[one.health]} {output.escape(one.about)}: {words}")
            if one.advice:
                output.console.print(f"    [dim]→[/] {output.escape(one.advice)}")
    ctx.exit(2 if Health.TO_DO in found else ProviderError.exit_code if Health.UNKNOWN in found else 0)
