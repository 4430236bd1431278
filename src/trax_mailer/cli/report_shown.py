"""How a report looks in the terminal: a table for each part, bars beside the numbers that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trax_mailer.cli import output

if TYPE_CHECKING:
    from trax_mailer.workflows.report import Shown, Table

_WIDTH, _NARROW = 24, 10
_MOST_ROWS = 15
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_VISITS = ("machine", "unsure", "copies")
_LEFT_OUT = {
    "links": ("leads to",),
    "mailings": ("audience", "waiting"),
    "trend": ("title", "audience", "refused"),
    "used_types": _VISITS,
    "used_titles": _VISITS,
}
"""What the terminal has no room for; files have it."""


def print_report(report: Shown, *, notes: bool) -> None:
    """Print every table; with `notes`, its footnote below it."""
    output.console.print(f"[bold]{output.escape(report.title)}[/]")
    output.console.print(output.escape(report.subtitle))
    for table in report.tables:
        output.console.print()
        output.console.print(f"[bold]{output.escape(table.title)}[/]")
        _print_table(table)
        if notes:
            output.console.print(f"[dim]{output.escape(table.note)}[/]")
    if not notes:
        output.console.print("\nWhat each number counts and cannot know: add --notes", style="dim")


def _print_table(table: Table) -> None:
    skipped = _LEFT_OUT.get(table.key, ())
    columns = [at for at, name in enumerate(table.columns) if name not in skipped]
    names = [table.columns[at] for at in columns]
    numbers = [
        name for at, name in zip(columns, names, strict=True) if not isinstance(table.rows[0][at], str)
    ]
    bars = [*([""] if table.bar else [])]
    shown = output.table(*names, *bars, right=numbers)
    if table.bar:
        shown.columns[-1].no_wrap = True
    at_bar = table.columns.index(table.bar) if table.bar else 0
    most = max((cell for row in table.rows if isinstance(cell := row[at_bar], int)), default=0)
    width = _WIDTH if output.console.width >= 100 else _NARROW
    rows = table.rows[-_MOST_ROWS:] if table.key in {"trend", "growth"} else table.rows[:_MOST_ROWS]
    for row in rows:
        cell = row[at_bar]
        bar = [bar_of(cell if isinstance(cell, int) else 0, most, width=width)] if table.bar else []
        shown.add_row(*(output.escape(table.words(row[at])) for at in columns), *bar)
    output.console.print(shown)
    if len(rows) < len(table.rows):
        left_out = len(table.rows) - len(rows)
        output.console.print(f"and {left_out:,} more; --json, --csv, --xlsx and --html have all", style="dim")


def bar_of(number: int, most: int, *, width: int = _WIDTH) -> str:
    """A bar as long as the number among the most, to an eighth of a letter."""
    eighths = round(8 * width * number / most) if most else 0
    eighths = max(eighths, 1) if number else eighths
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
