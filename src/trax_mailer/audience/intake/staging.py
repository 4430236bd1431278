"""Reading a file to its end, every row into an arrival or a refusal, without touching the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from trax_mailer.audience.intake.doubts import is_office
from trax_mailer.audience.intake.entries import Entry, Plan, read_entries
from trax_mailer.audience.intake.opening import Table
from trax_mailer.audience.intake.quick import QuickRows
from trax_mailer.audience.intake.reports import RefusedRow
from trax_mailer.audience.intake.rows import Lot, Row
from trax_mailer.audience.intake.sorting import Sorter
from trax_mailer.audience.intake.taking_in import to_arrival
from trax_mailer.storage.arrivals import Arrival

_LONGEST_SAMPLE = 40
_AROUND = "\"'“”,;:()[]{}"


@dataclass(slots=True, kw_only=True)
class Staged:
    """What was read: how many arrivals, how many of offices, a word outside ASCII.

    `untracked` are the keys of those of whom the file says that they are not to be tracked.
    """

    arrivals: int = 0
    offices: int = 0
    sample: str = ""
    untracked: set[str] = field(default_factory=set)


def stage(
    sorter: Sorter,
    table: Table,
    plan: Plan,
    *,
    refuse: Callable[[RefusedRow], None],
    tell: Callable[[int], None],
) -> Staged:
    """Give every reader of the table to the sorter.

    `refuse` gets what does not go in, `tell` the lines read.
    """
    staged = Staged()
    quick = QuickRows(plan)

    def thoroughly(row: Row) -> Iterator[Arrival]:
        for one in read_entries(row, plan):
            if isinstance(one, Entry):
                yield to_arrival(one)
                if one.untracked:
                    staged.untracked.add(one.address.key)
            else:
                refuse(one)

    for lot in table.lots:
        arrivals = list(quick.arrivals(lot, thoroughly))
        sorter.add(arrivals)
        staged.arrivals += len(arrivals)
        staged.offices += sum([is_office(arrival[1]) for arrival in arrivals])
        if not staged.sample and table.encoding != "ASCII":
            staged.sample = _sample(lot)
        tell(lot.lines[-1])
    return staged


def _sample(lot: Lot) -> str:
    """The first word with letters outside ASCII."""
    words = (word for cells in lot.cells for cell in cells if not cell.isascii() for word in cell.split())
    found = (word for word in words if any(sign.isalpha() and not sign.isascii() for sign in word))
    return next(found, "").strip(_AROUND)[:_LONGEST_SAMPLE]
