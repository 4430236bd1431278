"""How the command line prints: findings, errors, tables."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape as escape_markup
from rich.table import Table

from trax_mailer.errors import TraxError
from trax_mailer.model.finding import Finding, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}

console = Console(highlight=False, soft_wrap=True, emoji=False)
stderr = Console(highlight=False, soft_wrap=True, emoji=False, stderr=True)


def escape(words: str) -> str:
    """Words of a file or a person, so that they cannot style or steer the terminal."""
    return escape_markup(
        "".join(char if char.isprintable() or char in "\t\n" else "\ufffd" for char in words)
    )


def print_error(error: TraxError) -> None:
    """What happened and what to do, on standard error."""
    stderr.print(f"[bold red]{escape(error.message)}[/]")
    if error.advice:
        stderr.print(escape(error.advice))


def print_findings(findings: Sequence[Finding], *, to_stderr: bool = False) -> None:
    """Every finding: place, severity, words; the line itself with a mark under the column; the advice."""
    out = stderr if to_stderr else console
    for finding in findings:
        colour = _COLOURS[finding.severity]
        place = f"{finding.place}: " if finding.place else ""
        out.print(f"[bold]{escape(place)}[/][{colour}]{finding.severity}[/]: {escape(finding.message)}")
        if finding.excerpt:
            _print_excerpt(out, finding)
        if finding.advice:
            out.print(f"    [dim]→[/] {escape(finding.advice)}")


def _print_excerpt(out: Console, finding: Finding) -> None:
    line = finding.excerpt.rstrip("\r\n")
    before = line[: finding.place.column - 1] if finding.place else ""
    start = max(0, len(before) - 60)
    shown = line[start : start + 100]
    out.print(f"    [dim]│[/] {escape(shown)}", overflow="crop", no_wrap=True, soft_wrap=False)
    if finding.place:
        padding = "".join("\t" if char == "\t" else " " for char in before[start:])
        out.print(f"    [dim]│[/] {padding}[{_COLOURS[finding.severity]}]^[/]", soft_wrap=True)


def summary_of(findings: Sequence[Finding]) -> str:
    """How many findings of each severity, in words."""
    counts = [
        (sum(1 for finding in findings if finding.severity is severity), severity.value)
        for severity in Severity
    ]
    words = [f"{count} {name}{'s' if count > 1 else ''}" for count, name in counts if count]
    return ", ".join(words) or "nothing to mend"


def print_json(data: object) -> None:
    """`data` as JSON on standard output, for scripts."""
    print(json.dumps(data, ensure_ascii=False, indent=2))  # noqa: T201 - plain output, no styling


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """An empty table; the columns named in `right` hold numbers."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return made
