"""Suppressions in files: lists of addresses taken in, SendGrid's own exports among them, and written out."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from sqlalchemy import Connection

from trax_mailer.audience.address_files import Cell, open_addresses
from trax_mailer.audience.addresses import BadAddress, parse_address, shortened
from trax_mailer.audience.intake import RefusedRow
from trax_mailer.audience.wording import plain
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act
from trax_mailer.model.spreadsheet import as_meant, harmless
from trax_mailer.model.subscriber import SuppressionReason
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.suppressions import add_suppressions, suppressions_after

BATCH_ROWS = 1000
MOST_TOLD = 1000
"""So many refused rows are named; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of the rows of a file.

    `suppressed` rows hold addresses that are not mailed now, whether or not they were before. `refused`
    names the first rows without a usable address, `refused_rows` counts all.
    """

    suppressed: int
    refused_rows: int
    refused: tuple[RefusedRow, ...]


def import_suppressions(
    ledger: Ledger,
    file: Path,
    *,
    reason: SuppressionReason,
    act: Act,
    erased: Callable[[Connection, Sequence[str]], set[str]],
    progress: Callable[[int, int], None],
) -> FileReport:
    """Suppress every address of the file. `act` is kept as what was done; `progress` gets bytes.

    Whoever is suppressed stays as they were. Of erased people nothing is stored. Raises BadFile where the
    file cannot be read, Refused for SendGrid's blocks, which say nothing against an address.
    """
    _refuse_blocks(file)
    suppressed = refused_rows = 0
    refused: list[RefusedRow] = []
    acted = False
    with open_addresses(file, progress=progress) as cells:
        while part := list(islice(cells, BATCH_ROWS)):
            keys, faults = _sort_out(part)
            refused_rows += len(faults)
            refused.extend(faults[: MOST_TOLD - len(refused)])
            suppressed += len(part) - len(faults)
            with ledger.write() as connection:
                if keys and not acted:
                    acted = add_act(connection, act) > 0
                kept = keys - erased(connection, sorted(keys))
                source = f"{act.by}: {file.name}"
                add_suppressions(connection, kept, reason=reason, source=source, now=act.at)
    return FileReport(suppressed=suppressed, refused_rows=refused_rows, refused=tuple(refused))


def export_suppressions(ledger: Ledger, out: TextIO) -> int:
    """Write every suppression as CSV, some thousand at a time; returns how many.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it, which an import drops.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["email", "reason", "since", "source"])
    count, after = 0, ""
    while True:
        with ledger.read() as connection:
            rows = suppressions_after(connection, after, reasons=list(SuppressionReason), limit=BATCH_ROWS)
        for row in rows:
            since = row.since.astimezone(dt.UTC).isoformat(timespec="seconds")
            writer.writerow([harmless(row.email), row.reason, since, harmless(row.source)])
        count += len(rows)
        if len(rows) < BATCH_ROWS:
            return count
        after = rows[-1].email


def _sort_out(part: list[Cell]) -> tuple[set[str], list[RefusedRow]]:
    keys: set[str] = set()
    faults: list[RefusedRow] = []
    for cell in part:
        words = as_meant(cell.words)
        try:
            keys.add(parse_address(words).key)
        except BadAddress as problem:
            faults.append(RefusedRow(line=cell.line, email=shortened(words), reason=str(problem)))
    return keys, faults


def _refuse_blocks(file: Path) -> None:
    name = plain(file.stem)
    if "block" in name and "blocklist" not in name and "blocked" not in name:
        raise Refused(
            f"The name of {file.name} says that it holds SendGrid's blocks: mails that were refused for what "
            "they were, with nothing wrong with the address.",
            advice="Leave it out. If its addresses are to be suppressed all the same, rename it.",
        )
