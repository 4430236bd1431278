"""`trax report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.workflows.report import Shown
    from trax_mailer.workflows.wiring import Workspace

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report", short_help="Show what became of an issue, or of all of them.")
@click.argument("issue", type=click.IntRange(min=0), required=False)
@click.option("--mailing", type=click.IntRange(min=1), default=None, help="Only this mailing of the issue.")
@click.option("--notes", is_flag=True, help="Show below each table what it counts and cannot know.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--csv", "csv_file", type=_FILE, default=None, help="Write it as CSV.")
@click.option("--xlsx", "xlsx_file", type=_FILE, default=None, help="Write it as an Excel workbook.")
@click.option(
    "--html", "html_file", type=_FILE, default=None, help="Write it as one page with charts and a heat map."
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.pass_context
def report_command(
    ctx: click.Context,
    *,
    issue: int | None,
    mailing: int | None,
    notes: bool,
    as_json: bool,
    csv_file: Path | None,
    xlsx_file: Path | None,
    html_file: Path | None,
    force: bool,
) -> None:
    """Show what became of ISSUE (its number), over all its real mailings; without it, of all issues.

    The numbers agree with the proof of “trax status”. Numbers of people under five are withheld where readers
    are split by provider, language or section. With --csv, --xlsx or --html, files are written and nothing is
    shown; several may be given at once.
    """
    if mailing is not None and issue is None:
        raise click.UsageError("Say of which issue the mailing is: trax report ISSUE --mailing N")
    forms = {"csv": csv_file, "xlsx": xlsx_file, "html": html_file}
    files = {form: file for form, file in forms.items() if file is not None}
    if as_json and notes:
        raise click.UsageError("--json holds the notes already; leave out --notes.")
    workspace = workspace_of(ctx)
    report = _report(workspace, issue, mailing)
    _save(workspace, report, files, force=force)
    if as_json:
        from trax_mailer.cli import output

        output.print_json(report.as_data())
    elif not files:
        from trax_mailer.cli.report_shown import print_report

        print_report(report, notes=notes)


def _report(workspace: Workspace, issue: int | None, mailing: int | None) -> Shown:
    from trax_mailer.workflows.report import report_on_all, report_on_issue

    return (
        report_on_all(workspace) if issue is None else report_on_issue(workspace, issue, mailing_id=mailing)
    )


def _save(workspace: Workspace, report: Shown, files: dict[str, Path], *, force: bool) -> None:
    from trax_mailer.workflows.report import save_report

    for form, file in files.items():
        save_report(workspace, report, file, form=form, force=force)
        click.echo(f"Written to {file}.", err=True)
