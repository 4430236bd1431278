"""Readers as a file: CSV for spreadsheets and other systems, JSON for scripts, or an Excel workbook."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from sqlalchemy import Connection

from trax_mailer.errors import Refused
from trax_mailer.model.roster import Place, RosterLine
from trax_mailer.model.spreadsheet import harmless
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.roster import Filter, field_names, roster

FORMATS = ("csv", "json", "xlsx")
_COLUMNS = ("email", "name", "language", "status", "list", "since", "topics", "untracked", "tags")
_AT_ONCE = 1_000
_MOST_ROWS = 1_048_575
"""What a sheet of a workbook holds below its first row."""


def export_readers(connection: Connection, wanted: Filter, file: IO[bytes], *, form: str) -> int:
    """Write the readers into the file, in one of `FORMATS`. Returns how many rows, or objects, it holds.

    As a table, a reader has a row for each list that they are or were on, and one without a list where they
    never were on any. Whoever is suppressed has the status “suppressed”, whatever the list says. Cells that
    a spreadsheet would take for a formula begin with an apostrophe. Memory stays flat.
    """
    lines = _lines(connection, wanted)
    if form == "json":
        return _write_json(lines, file)
    fields = field_names(connection, wanted)
    rows = _rows(lines, fields, state=wanted.state)
    header = [*_COLUMNS, *(harmless(name) for name in fields)]
    write = _write_workbook if form == "xlsx" else _write_csv
    return write(header, rows, file)


def _lines(connection: Connection, wanted: Filter) -> Iterator[RosterLine]:
    after = 0
    while part := roster(connection, wanted, after=after, limit=_AT_ONCE):
        after = part[-1].id
        yield from part


def _rows(
    lines: Iterable[RosterLine], fields: Sequence[str], *, state: SubscriptionState | None
) -> Iterator[list[str]]:
    for line in lines:
        places: list[Place | None] = [place for place in line.places if state is None or place.state is state]
        # Somebody who never was on any list has a row, too.
        for place in places or [None]:
            cells = _cells(line, place) + [line.fields.get(name, "") for name in fields]
            yield [harmless(cell) for cell in cells]


def _cells(line: RosterLine, place: Place | None) -> list[str]:
    subscribed = place is not None and place.state is SubscriptionState.SUBSCRIBED
    status = place.state.value if place else ""
    return [
        line.email,
        line.name,
        line.language,
        "suppressed" if line.suppressed and (subscribed or not place) else status,
        place.list_name if place else "",
        f"{place.since if place else line.since:%Y-%m-%dT%H:%M:%SZ}",
        " ".join(place.topics) if place else "",
        "yes" if place and place.untracked else "",
        "; ".join(line.tags),
    ]


def _write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], file: IO[bytes]) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    text.detach()
    return count


def _write_json(lines: Iterable[RosterLine], file: IO[bytes]) -> int:
    before, count = "[\n", 0
    for line in lines:
        file.write(f"{before}{json.dumps(line.as_data(), ensure_ascii=False)}".encode())
        before = ",\n"
        count += 1
    file.write(b"\n]\n" if count else b"[]\n")
    return count


def _write_workbook(header: Sequence[str], rows: Iterable[Sequence[str]], file: IO[bytes]) -> int:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("readers")
    sheet.append(list(header))
    count = 0
    for row in rows:
        count += 1
        if count > _MOST_ROWS:
            raise Refused(
                f"A workbook holds {_MOST_ROWS:,} rows at most, and there are more.",
                advice="Export as csv, or one list at a time.",
            )
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in row])
    book.save(file)
    return count
