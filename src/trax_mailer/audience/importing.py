"""Importing a file of readers: some thousand rows at a time, each time in one transaction.

1. Refuse a file that is no CSV in UTF-8, or that by its name or columns lists people who left.
2. Take rows apart, check each, and set aside addresses that stood earlier in the file.
3. Store a batch: new readers, changed readers, and where each stands with the list.
An import that was broken off is repeated whole: what is in already does not change.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from trax_mailer.audience.columns import Columns
from trax_mailer.audience.entries import Entry, RefusedRow, read_entry
from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.inspecting import count_lines
from trax_mailer.audience.lists import list_for_import
from trax_mailer.audience.repeats import Repeats
from trax_mailer.audience.rows import Row, open_rows
from trax_mailer.audience.standing import heavier
from trax_mailer.audience.taking_in import Counts, Source, take_in
from trax_mailer.audience.wording import plain
from trax_mailer.errors import Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import Ledger, open_ring
from trax_mailer.storage.acts import add_act
from trax_mailer.tokens import KeyRing

BATCH_ROWS = 2000
_LEAVERS = re.compile(
    r"unsub|cleaned|bounce|complain|suppress|blocklist|blacklist|opt(?:ed)?out|no[nt]subscri"
    r"|desabonne|desinscri|abgemeldet|abbestellt"
)
"""In the name of a file that lists people who must not be mailed. Mailchimp's have no status column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows of a file.

    `kept_out` counts rows that would have subscribed somebody who left, bounced, complained or is
    suppressed. `refused` rows did not go in, except that a repeated address which left is taken off.
    """

    added: int
    updated: int
    unchanged: int
    kept_out: int
    refused: tuple[RefusedRow, ...]


@dataclass(slots=True, kw_only=True)
class _Batch:
    """Rows that are stored in one transaction. `leaving` repeats addresses, to take them off."""

    entries: list[Entry] = field(default_factory=list)
    leaving: dict[str, Entry] = field(default_factory=dict)
    last_line: int = 0


def import_subscribers(  # noqa: PLR0913 - each is a fact about the import
    ledger: Ledger,
    file: Path,
    *,
    list_name: str,
    state: SubscriptionState,
    imported_by: str,
    now: dt.datetime,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Take the readers of a CSV file into a list, made where there is none.

    `state` is what rows without a status of their own are. `progress` gets lines done and lines in all.
    Raises BadFile where the file cannot be read as CSV in UTF-8, Refused where it lists people who left
    and would be imported as subscribed.
    """
    _refuse_leavers_by_name(file, state)
    lines = count_lines(file)
    counts, refused = Counts(), list[RefusedRow]()
    ring = open_ring(ledger)
    with open_rows(file) as (columns, rows), Repeats() as repeats:
        _refuse_leavers_by_column(file, columns, state)
        with ledger.write() as connection:
            list_id = list_for_import(connection, list_name, now=now)
            act = Act(kind=ActKind.IMPORT, at=now, by=imported_by, source=file.name, list_id=list_id)
            source = Source(act_id=add_act(connection, act), at=now)
        while rows_of_batch := list(islice(rows, BATCH_ROWS)):
            batch = _sort_out(rows_of_batch, columns=columns, default=state, repeats=repeats, refused=refused)
            with ledger.write() as connection:
                entries = _without_erased(connection, ring, batch.entries)
                counts.kept_out += len(batch.entries) - len(entries)
                take_in(connection, list_id, entries, source=source, counts=counts)
                leaving = _without_erased(connection, ring, [*batch.leaving.values()])
                take_in(connection, list_id, leaving, source=source, counts=Counts())
            if progress is not None:
                progress(batch.last_line, lines)
    if progress is not None:
        progress(lines, lines)
    return ImportReport(
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        kept_out=counts.kept_out,
        refused=tuple(refused),
    )


def _without_erased(connection: Connection, ring: KeyRing, entries: list[Entry]) -> list[Entry]:
    """Those who did not have themselves erased: an erased person is not even noted as having left."""
    erased = erased_among(connection, ring, [entry.address.key for entry in entries])
    return [entry for entry in entries if entry.address.key not in erased]


def _sort_out(
    rows: Sequence[Row],
    *,
    columns: Columns,
    default: SubscriptionState,
    repeats: Repeats,
    refused: list[RefusedRow],
) -> _Batch:
    batch = _Batch(last_line=rows[-1].line)
    for row in rows:
        entry = read_entry(row, columns=columns, default=default)
        if isinstance(entry, RefusedRow):
            refused.append(entry)
            continue
        key = entry.address.key
        earlier = repeats.first_line(key, line=entry.line)
        if earlier is None:
            batch.entries.append(entry)
            continue
        reason = f"repeats the address of line {earlier}"
        if entry.state is not SubscriptionState.SUBSCRIBED:
            reason += f"; that it is {entry.state} was taken over"
            present = batch.leaving.get(key)
            if present is None or heavier(present.state, entry.state) is entry.state:
                batch.leaving[key] = entry
        refused.append(RefusedRow(line=entry.line, email=entry.address.email, reason=reason))
    return batch


def _refuse_leavers_by_name(file: Path, state: SubscriptionState) -> None:
    told = _LEAVERS.search(plain(file.stem))
    if told and state is SubscriptionState.SUBSCRIBED:
        raise Refused(
            f"The name of {file.name} says that its readers left or bounced; importing them as subscribed "
            "would mail people who must not be mailed.",
            advice="Import it with --as unsubscribed or --as bounced; if they did subscribe, rename it.",
        )


def _refuse_leavers_by_column(file: Path, columns: Columns, state: SubscriptionState) -> None:
    if columns.left_behind and "status" not in columns.roles and state is SubscriptionState.SUBSCRIBED:
        raise Refused(
            f"The column “{columns.left_behind}” of {file.name} stands in lists of people who left or "
            "bounced; importing them as subscribed would mail people who must not be mailed.",
            advice="Import it with --as unsubscribed or --as bounced.",
        )
