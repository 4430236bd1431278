"""Importing a file of readers, however large, with little memory and without keeping a send waiting.

1. Say what the file is: its kind, encoding and columns, and whether its readers subscribed or left.
2. Read it to its end: each row becomes an arrival, aside from the ledger, or is refused with the reason.
3. Sort the arrivals by their addresses, and make one of those that repeat.
4. Merge them into the ledger, some ten thousand at a time. What the ledger knows of them is asked with one
   statement; strangers go in by a few.
5. Write what was refused to a file that can be mended and imported again.
A dry run only counts in step 4. An import that was broken off is repeated whole: what is in already does not
change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from trax_mailer.audience.intake.entries import Plan
from trax_mailer.audience.intake.leavers import state_of_rows
from trax_mailer.audience.intake.merging import merge_arrivals
from trax_mailer.audience.intake.opening import Reading, Table, open_table
from trax_mailer.audience.intake.refusals import Refusals
from trax_mailer.audience.intake.repeats import merge_repeats
from trax_mailer.audience.intake.reports import Counts, FileFacts, ImportReport
from trax_mailer.audience.intake.sorting import Sorter
from trax_mailer.audience.intake.staging import Staged, stage
from trax_mailer.audience.intake.taking_in import Source
from trax_mailer.audience.lists import known_list, list_for_import
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage import Ledger, open_ring
from trax_mailer.storage.acts import add_act

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is imported, where it is not as usual.

    `consent` says how the readers agreed, and is kept. `source` is the file's name to be kept, where it is
    not that of the file. `refused_file` is where refused rows go; nowhere where it is None.
    """

    reading: Reading = field(default_factory=Reading)
    keep_typos: bool = False
    every_address: bool = False
    consent: str = ""
    dry_run: bool = False
    source: str = ""
    refused_file: Path | None = None
    force: bool = False


def import_subscribers(  # noqa: PLR0913 - each is a fact about the import
    ledger: Ledger,
    file: Path,
    *,
    list_name: str,
    state: SubscriptionState | None,
    imported_by: str,
    now: dt.datetime,
    options: Options | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Take the readers of a file into a list, made where there is none.

    `state` is what rows without a status of their own are; None: what the file says. `progress` gets lines
    done and lines in all. Raises BadFile where the file cannot be used, Refused where it lists people who
    left and would be imported as subscribed.
    """
    options = options or Options()
    tell = progress or (lambda _done, _total: None)
    with open_table(file, options.reading) as table, Refusals() as refusals, Sorter(ledger.state) as sorter:
        name = options.source or file.name
        facts = _facts(name, table, state)
        plan = Plan(
            columns=table.columns,
            default=facts.state,
            keep_typos=options.keep_typos,
            every_address=options.every_address,
        )
        with ledger.read() as connection:
            known_list(connection, list_name)  # a name that no list can have is refused at once
        staged = stage(sorter, table, plan, refuse=refusals.add, tell=_half(tell, table.lines))
        act = Act(
            kind=ActKind.IMPORT,
            at=now,
            by=imported_by,
            source=name,
            words=options.consent,
            details={"provider": facts.provider, "encoding": facts.encoding},
        )
        counts = Counts()
        merge_arrivals(
            ledger,
            merge_repeats(sorter.in_order(), refusals.add),
            _source(ledger, list_name, act, dry_run=options.dry_run),
            open_ring(ledger),
            untracked=staged.untracked,
            counts=counts,
            tell=_other_half(tell, table.lines, staged.arrivals),
            dry_run=options.dry_run,
        )
        target = options.refused_file if refusals.counts and not options.dry_run else None
        if target is not None:
            refusals.write(file, target, reading=options.reading, force=options.force)
        tell(table.lines, table.lines)
        return _report(facts, staged, counts, refusals, target)


def _facts(name: str, table: Table, said: SubscriptionState | None) -> FileFacts:
    columns = table.columns
    state, because = state_of_rows(name, columns, said)
    return FileFacts(
        name=name,
        kind=table.kind,
        provider=columns.provider.name if columns.provider else "",
        encoding=table.encoding,
        state=state,
        state_because=because,
        meanings=tuple(columns.meanings()),
    )


def _source(ledger: Ledger, list_name: str, act: Act, *, dry_run: bool) -> Source:
    if dry_run:
        with ledger.read() as connection:
            return Source(list_id=known_list(connection, list_name), act_id=0, at=act.at)
    with ledger.write() as connection:
        list_id = list_for_import(connection, list_name, now=act.at)
        return Source(list_id=list_id, act_id=add_act(connection, replace(act, list_id=list_id)), at=act.at)


def _half(tell: Progress, lines: int) -> Callable[[int], None]:
    """Progress of reading, which is the first half of the work."""
    return lambda line: tell(min(line, lines) // 2, lines)


def _other_half(tell: Progress, lines: int, arrivals: int) -> Callable[[int], None]:
    return lambda done: tell(lines // 2 + (lines - lines // 2) * done // max(arrivals, done, 1), lines)


def _report(
    facts: FileFacts, staged: Staged, counts: Counts, refusals: Refusals, target: Path | None
) -> ImportReport:
    return ImportReport(
        facts=replace(facts, sample=staged.sample),
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        kept_out_by=dict(counts.kept_out),
        refused=refusals.first(),
        refused_by=dict(refusals.counts),
        offices=staged.offices,
        refused_file=target,
    )
