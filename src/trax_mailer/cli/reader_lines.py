"""The readers of a class, one a line: for people, for spreadsheets and for scripts."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trax_mailer.model.reader_line import ReaderLine

_COLUMNS = ("delivery", "email", "handover", "outcome", "reason", "changed_at")


def print_as_text(lines: Iterable[ReaderLine], *, name: str) -> None:
    """Address, outcome where one was reported, and reason."""
    from trax_mailer.cli.output import console, escape

    anybody = False
    for one in lines:
        anybody = True
        outcome = "" if one.outcome == "unknown" else f", {one.outcome}"
        reason = f" ({one.reason})" if one.reason else ""
        console.print(f"{escape(one.email)}{outcome}{escape(reason)}")
    if not anybody:
        console.print(f"Nobody is {name}.")


def print_as_csv(mailing: int, lines: Iterable[ReaderLine]) -> None:
    """A header and a row each. Cells that a spreadsheet would take for a formula begin with an apostrophe."""
    from trax_mailer.model.spreadsheet import harmless

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in lines:
        data = _data(mailing, one)
        writer.writerow([harmless(str(data[name])) for name in _COLUMNS])


def print_as_json(mailing: int, lines: Iterable[ReaderLine]) -> None:
    """A JSON array, written as it is read."""
    before = "[\n"
    for one in lines:
        sys.stdout.write(before + json.dumps(_data(mailing, one), ensure_ascii=False))
        before = ",\n"
    sys.stdout.write("[]\n" if before == "[\n" else "\n]\n")


def _data(mailing: int, one: ReaderLine) -> dict[str, Any]:
    return {
        "delivery": f"{mailing}.{one.subscriber_id}",
        "email": one.email,
        "handover": one.handover.value,
        "outcome": one.outcome.value,
        "reason": one.reason,
        "changed_at": one.changed_at.isoformat(),
    }
