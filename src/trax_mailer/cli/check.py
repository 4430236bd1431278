"""`trax check`."""

from __future__ import annotations

import click

from trax_mailer.cli.opening import workspace_of


@click.command("check", short_help="Check an issue and say everything that is wrong with it.")
@click.argument("issue", required=False)
@click.option("--strict", is_flag=True, help="Treat warnings as errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def check_command(ctx: click.Context, *, issue: str | None, strict: bool, as_json: bool) -> None:
    """Check ISSUE (a number such as 58, a folder, or a file; the newest when left out).

    All problems are shown at once, each with file:line:column. Ends with 0 when the issue can be sent,
    and with 2 when something must be mended.
    """
    from trax_mailer.cli import output
    from trax_mailer.model.finding import Severity, finding_to_data
    from trax_mailer.workflows.check import check_issue

    report = check_issue(workspace_of(ctx), issue)
    stops = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    failed = any(finding.severity in stops for finding in report.findings)
    if as_json:
        output.print_json(
            {
                "issue": report.file,
                "ok": not failed,
                "edition": report.edition.hash if report.edition else None,
                "findings": [finding_to_data(finding) for finding in report.findings],
            }
        )
    else:
        output.print_findings(report.findings)
        mark = "[red]✗[/]" if failed else "[green]✓[/]"
        output.console.print(f"{mark} {report.file}: {output.summary_of(report.findings)}")
        if report.edition:
            output.console.print(f"  [dim]edition {report.edition.hash[:12]}[/]")
    ctx.exit(2 if failed else 0)
