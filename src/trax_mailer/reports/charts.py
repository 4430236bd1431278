"""Charts of tables, as SVG that stands inside a page: text as text, colours of the page, no script."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from trax_mailer.reports.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _QUIET, _EDGE = "#22262b", "#5f6269", "#e4dfd7"
_FIRST, _SECOND, _THIRD = "#1f5673", "#b8722c", "#8a8f98"
_COLOURS = {
    _INK: "var(--ink)",
    _QUIET: "var(--quiet)",
    _EDGE: "var(--edge)",
    _FIRST: "var(--accent)",
    _SECOND: "var(--second)",
    _THIRD: "var(--third)",
}
"""The colours of the drawing, and what the page has instead, in light and in dark."""
_SERIES = ((_FIRST, "-", "o"), (_SECOND, "--", "s"), (_THIRD, ":", "^"))
_MOST_BARS = 12
_LONGEST = 26
_WEEK = 7 * 24
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.size": 11,
    "text.parse_math": False,
    "text.color": _INK,
    "axes.edgecolor": _EDGE,
    "axes.labelcolor": _QUIET,
    "xtick.color": _QUIET,
    "ytick.color": _INK,
    "grid.color": _EDGE,
    "legend.frameon": False,
}


def chart_of(table: Table) -> str:
    """The chart of the table, with a title and a description; empty where it has none.

    What it shows stands in the table, too: the chart alone need not be seen.
    """
    drawn = _DRAWN.get(table.key) or (_bars if table.bar else None)
    if drawn is None or not any(isinstance(cell, int) and cell for row in table.rows for cell in row):
        return ""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({**_STYLE, "svg.hashsalt": table.key}), warnings.catch_warnings():
        # Browsers find letters of other scripts in their own fonts; these are measured without.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        figure = Figure(figsize=(5, _height(table)), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(length=0)
        described = drawn(axes, table)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(file.getvalue(), table, described)


def _height(table: Table) -> float:
    if table.key in {"hours", "growth", "trend"}:
        return 3.0
    return 0.8 + 0.3 * max(2, min(len(table.rows), _MOST_BARS))


def _bars(axes: Axes, table: Table) -> str:
    """A bar for each row, the first at the top; withheld numbers have none."""
    rows = list(zip(_labels(table), table.column(table.bar), strict=True))[:_MOST_BARS]
    places = range(len(rows))
    bars = axes.barh(places, [_number(cell) for _, cell in rows], color=_FIRST, height=0.62)
    axes.bar_label(
        bars, ["withheld" if cell is None else f"{_number(cell):,}" for _, cell in rows], padding=4
    )
    _rows_down(axes, [label for label, _ in rows])
    return f"A bar for each of {len(rows)} rows, its length the column “{table.bar}”."


def _stacked(axes: Axes, table: Table) -> str:
    """Human, unsure and machine visits beside each other, a row for opens and one for clicks."""
    lefts = [0] * len(table.rows)
    for name, (colour, _, _) in zip(("human", "machine", "unsure"), _SERIES, strict=True):
        widths = [_number(cell) for cell in table.column(name)]
        axes.barh(range(len(widths)), widths, left=lefts, color=colour, height=0.55, label=name)
        lefts = [left + width for left, width in zip(lefts, widths, strict=True)]
    _rows_down(axes, _labels(table))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return "A bar for opens and one for clicks, each of human, machine and unsure visits end to end."


def _over_hours(axes: Axes, table: Table) -> str:
    """The first week, hour by hour; hours in which nothing happened count none."""
    rows = {dt.datetime.fromisoformat(str(row[0])): row for row in table.rows}
    first, last = min(rows), max(rows)
    span = min(int((last - first).total_seconds()) // 3600 + 1, _WEEK)
    hours = [first + dt.timedelta(hours=number) for number in range(span)]
    for name, (colour, line, _) in zip(("handed over", "opens", "clicks"), _SERIES, strict=True):
        at = table.columns.index(name)
        numbers = [_number(rows[hour][at]) if hour in rows else 0 for hour in hours]
        if any(numbers):
            axes.plot(range(span), numbers, color=colour, linestyle=line, label=name)
    _few_ticks(axes, [f"{hour:%d %b %H:%M}" for hour in hours])
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return "Lines over the hours, a week at most: mails handed over, and opens and clicks that look human."


def _over_months(axes: Axes, table: Table) -> str:
    months = sorted({str(cell) for cell in table.column("month")})
    for number, name in enumerate(sorted({str(cell) for cell in table.column("list")})):
        colour, line, mark = _SERIES[number % len(_SERIES)]
        rows = [row for row in table.rows if row[0] == name]
        sizes = [_number(row[-1]) for row in rows]
        places = [months.index(str(row[1])) for row in rows]
        axes.plot(places, sizes, color=colour, linestyle=line, marker=mark, markersize=3, label=_short(name))
    axes.set_xticks(range(len(months)), months)
    _few_ticks(axes, months)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return "A line for each list: how many were subscribed at the end of each month."


def _over_issues(axes: Axes, table: Table) -> str:
    issues = [f"No {number}" for number in table.column("issue")]
    for name, (colour, line, mark) in zip(("opened", "clicked", "left"), _SERIES, strict=True):
        told = [(at, cell) for at, cell in enumerate(table.column(name)) if isinstance(cell, int)]
        places, numbers = [at for at, _ in told], [cell for _, cell in told]
        axes.plot(places, numbers, color=colour, linestyle=line, marker=mark, markersize=4, label=name)
    axes.set_xlim(-0.5, len(issues) - 0.5)
    _few_ticks(axes, issues)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return "Lines over the issues: people who opened and who clicked, and readers who left afterwards."


_DRAWN: dict[str, Callable[[Axes, Table], str]] = {
    "visits": _stacked,
    "hours": _over_hours,
    "growth": _over_months,
    "trend": _over_issues,
}


def _few_ticks(axes: Axes, labels: list[str]) -> None:
    step = max(1, -(-len(labels) // 4))
    axes.set_xticks(range(0, len(labels), step), labels[::step])
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", linewidth=0.8)


def _rows_down(axes: Axes, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.margins(x=0.12)


def _labels(table: Table) -> list[str]:
    """What rows are called: the words of a link, outcome and reason of a refusal, else the first cell."""
    if table.key == "links":
        return [_short(f"{row[0]} {row[1]}") for row in table.rows]
    if table.key == "bounces":
        return [_short(f"{row[0]}: {row[1]}") for row in table.rows]
    return [_short(str(row[0])) for row in table.rows]


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _number(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _inline(svg: str, table: Table, described: str) -> str:
    """The drawing without its frame of a file, named for those who do not see it."""
    drawing = svg[svg.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'(?<=\bid=")|(?<=href="#)|(?<=url\(#)', f"{table.key}-", drawing)
    drawing = re.sub(r"font-family: [^;\"]*; ", "", drawing)
    for colour, ours in _COLOURS.items():
        drawing = drawing.replace(colour, ours)
    box = re.search(r'viewBox="[^"]*"', drawing)
    opening = (
        f'<svg {box[0] if box else ""} role="img" aria-labelledby="{table.key}-title {table.key}-desc" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{table.key}-title">{escape(table.title)}</title>'
        f'<desc id="{table.key}-desc">{escape(described)}</desc>'
    )
    return opening + drawing[drawing.index(">") + 1 :]
