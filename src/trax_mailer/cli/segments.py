"""`trax segments`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from trax_mailer.cli.opening import workspace_of

if TYPE_CHECKING:
    from trax_mailer.workflows.segments import Loaded, SegmentReport


@click.group("segments", short_help="Show, check and count the saved segments of the lists.")
def segments_command() -> None:
    """Segments: some of the readers of a list, saved as subscribers/NAME.yaml.

    Such a file holds a title and a line of who is meant:

      where: role is diplomat and language is fr and not tag is press

    Send to one with: trax send ISSUE --list LIST --segment NAME
    """


@segments_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.pass_context
def list_command(ctx: click.Context, *, as_json: bool) -> None:
    """Show every segment: its name, its title, and who is meant."""
    from trax_mailer.cli import output
    from trax_mailer.workflows.segments import show_segments

    segments = show_segments(workspace_of(ctx))
    if as_json:
        output.print_json([_segment_to_data(one) for one in segments])
        return
    if not segments:
        output.console.print("No segment yet. Write one as subscribers/NAME.yaml; see: trax segments --help")
        return
    shown = output.table("segment", "title", "where")
    for one in segments:
        broken = f"cannot be used: trax segments check {one.name}"
        shown.add_row(*map(output.escape, (one.name, one.title, one.where if one.text else broken)))
    output.console.print(shown)


@segments_command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def show_command(ctx: click.Context, *, name: str, as_json: bool) -> None:
    """Show what the segment NAME means, and how many readers of each list are in it.

    Ends with 2 when it has errors.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.segments import count_readers

    report = count_readers(workspace_of(ctx), name)
    if as_json:
        output.print_json(_report_to_data(report))
    else:
        segment = report.segment
        output.console.print(f"{segment.title or segment.name} ({segment.file})", markup=False)
        output.console.print(f"  where  {segment.where}", markup=False)
        if segment.text:
            output.console.print(f"  means  {segment.text}", markup=False)
        output.print_findings(report.findings)
        _print_counts(report)
    ctx.exit(2 if report.failed else 0)


@segments_command.command("count")
@click.argument("name")
@click.option("--list", "list_name", default=None, help="On this list alone. Default: on every list.")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
@click.pass_context
def count_command(ctx: click.Context, *, name: str, list_name: str | None, as_json: bool) -> None:
    """Count the readers of the segment NAME who would be mailed now.

    Ends with 2 when it has errors.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.segments import count_readers

    report = count_readers(workspace_of(ctx), name, list_name=list_name)
    if as_json:
        output.print_json(_report_to_data(report))
    else:
        output.print_findings(report.findings)
        _print_counts(report)
    ctx.exit(2 if report.failed else 0)


@segments_command.command("check")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def check_command(ctx: click.Context, *, name: str | None, as_json: bool) -> None:
    """Check the segment NAME, or all of them; its fields and tags are compared with those of the readers.

    All problems are shown at once, each with file:line:column. Ends with 2 when something must be mended.
    """
    from trax_mailer.cli import output
    from trax_mailer.workflows.segments import check_segments

    reports = check_segments(workspace_of(ctx), name)
    if as_json:
        output.print_json([_report_to_data(one) for one in reports])
    elif not reports:
        output.console.print("No segment yet. Write one as subscribers/NAME.yaml; see: trax segments --help")
    else:
        for report in reports:
            output.print_findings(report.findings)
            mark = "[red]✗[/]" if report.failed else "[green]✓[/]"
            file = output.escape(report.segment.file)
            output.console.print(f"{mark} {file}: {output.summary_of(report.findings)}")
    ctx.exit(2 if any(report.failed for report in reports) else 0)


def _print_counts(report: SegmentReport) -> None:
    from trax_mailer.cli import output

    if report.failed:
        output.console.print("Not counted: the errors above stand in the way.")
        return
    if not report.counts:
        output.console.print("No list yet. Make one with: trax subscribers import FILE --list NAME")
        return
    shown = output.table("list", "in it", "of", "suppressed", right=("in it", "of", "suppressed"))
    for one in report.counts:
        shown.add_row(
            output.escape(one.list_name), f"{one.to_mail:,}", f"{one.on_list:,}", f"{one.kept_out:,}"
        )
    output.console.print(shown)


def _segment_to_data(segment: Loaded) -> dict[str, Any]:
    return {
        "segment": segment.name,
        "file": segment.file,
        "title": segment.title,
        "where": segment.where,
        "rule": segment.text or None,
    }


def _report_to_data(report: SegmentReport) -> dict[str, Any]:
    from trax_mailer.model.finding import finding_to_data

    return _segment_to_data(report.segment) | {
        "ok": not report.failed,
        "findings": [finding_to_data(one) for one in report.findings],
        "lists": [
            {
                "list": one.list_name,
                "to_mail": one.to_mail,
                "suppressed": one.kept_out,
                "on_list": one.on_list,
            }
            for one in report.counts
        ],
    }
