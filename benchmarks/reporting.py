"""Alternating runs, medians, and how they are shown: a table on the screen, JSON in build/bench/."""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import in_words, machine

FOLDER = Path("build/bench")
LOAD = os.getloadavg()[0]
"""How busy the machine was in the minute before, with whatever else runs on it."""
console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table. `ratio` is to the yardstick of the same rounds; None for a yardstick itself.

    `value` is the median over the rounds, `low` and `high` the extremes; `extra` holds further figures,
    ready to be shown, by the name of their column.
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    ratio: float | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


def alternate(rounds: int, contestants: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Run every contestant once a round, so that a noisy minute meets them all; their figures by name.

    Every other round runs them backwards: none is always the first.
    """
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants) if number % 2 == 0 else list(contestants)[::-1]
        for name in names:
            figures[name].append(contestants[name]())
    return figures


def row(
    name: str,
    figures: Sequence[float],
    *,
    unit: str,
    yardstick: Sequence[float] | None = None,
    extra: Mapping[str, str] | None = None,
) -> Row:
    """The row of these rounds; its ratio is the median of the ratios within each round."""
    ratio = None
    if yardstick is not None:
        ratio = statistics.median(one / other for one, other in zip(figures, yardstick, strict=True))
    return Row(
        name=name,
        value=statistics.median(figures),
        unit=unit,
        low=min(figures),
        high=max(figures),
        ratio=ratio,
        extra=extra or {},
    )


def say(words: str) -> None:
    """One line of progress on standard error."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def report(name: str, rows: Sequence[Row], *, title: str, words: str = "") -> None:
    """Print the machine and the table, and write build/bench/<name>.json."""
    now = dt.datetime.now(dt.UTC)
    console.print(f"\n{title}", style="bold")
    console.print(f"{now:%Y-%m-%d}, {in_words()}; load before {LOAD:.1f}", markup=False)
    if words:
        console.print(words, markup=False)
    console.print(_table(rows))
    FOLDER.mkdir(parents=True, exist_ok=True)
    content = {
        "benchmark": name,
        "title": title,
        "words": words,
        "at": now.isoformat(),
        "command": " ".join(sys.orig_argv[1:]),
        "machine": machine(),
        "load_before": LOAD,
        "rows": [asdict(one) for one in rows],
    }
    file = FOLDER / f"{name}.json"
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def _table(rows: Sequence[Row]) -> Table:
    compared = any(one.ratio is not None for one in rows)
    extras = list(dict.fromkeys(name for one in rows for name in one.extra))
    table = Table(show_edge=False)
    table.add_column("")
    for head in ("median", "lowest to highest", "ratio", *extras):
        table.add_column(head, justify="right")
    for one in rows:
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else "yardstick" if compared else ""
        spread = f"{number(one.low)} to {number(one.high)}"
        cells = [one.extra.get(name, "") for name in extras]
        table.add_row(one.name, f"{number(one.value)} {one.unit}", spread, ratio, *cells)
    return table


def number(value: float) -> str:
    """A figure with three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"
