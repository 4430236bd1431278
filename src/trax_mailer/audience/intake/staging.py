"""Reading a file to its end, every row into an arrival or a refusal, without touching the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from trax_mailer.audience.intake.doubts import is_office
from trax_mailer.audience.intake.entries import Entry, Plan, read_entries
from trax_mailer.audience.intake.opening import Table
from trax_mailer.audience.intake.quick import QuickRows
from trax_mailer.audience.intake.reports import RefusedRow
from trax_mailer.audience.intake.rows import Row
from trax_mailer.audience.intake.taking_in import to_arrival
from trax_mailer.storage.arrivals import Arrival, add_arrivals
from trax_mailer.storage.desk import Desk

BATCH_ROWS = 2000
_LONGEST_SAMPLE = 40
_AROUND = "\"'“”,;:()[]{}"


@dataclass(slots=True, kw_only=True)
class Staged:
    """What was read: how many arrivals, how many of offices, whether any has tags, a word outside ASCII.

    `untracked` are the keys of those of whom the file says that they are not to be tracked.
    """

    arrivals: int = 0
    offices: int = 0
    tagged: bool = False
    sample: str = ""
    untracked: list[str] = field(default_factory=list)


def stage(
    desk: Desk,
    table: Table,
    plan: Plan,
    *,
    refuse: Callable[[RefusedRow], None],
    tell: Callable[[int], None],
) -> Staged:
    """Note every reader of the table on the desk.

    `refuse` gets what does not go in, `tell` the lines read.
    """
    staged = Staged()
    quick = QuickRows(plan)
    while rows := list(islice(table.rows, BATCH_ROWS)):
        arrivals: list[Arrival] = []
        for row in rows:
            found = quick.arrival(row.line, row.cells) if quick.serves and not row.fault else None
            if found is not None:
                arrivals.append(found)
            else:
                arrivals += _thoroughly(row, plan, refuse, staged.untracked)
        with desk.aside() as connection:
            add_arrivals(connection, arrivals)
        staged.arrivals += len(arrivals)
        staged.offices += sum(is_office(arrival[1]) for arrival in arrivals)
        staged.tagged = staged.tagged or any(arrival[-1] for arrival in arrivals)
        if not staged.sample and table.encoding != "ASCII":
            staged.sample = _sample(rows)
        tell(rows[-1].line)
    return staged


def _thoroughly(
    row: Row, plan: Plan, refuse: Callable[[RefusedRow], None], untracked: list[str]
) -> list[Arrival]:
    found = []
    for one in read_entries(row, plan):
        if isinstance(one, Entry):
            found.append(to_arrival(one))
            if one.untracked:
                untracked.append(one.address.key)
        else:
            refuse(one)
    return found


def _sample(rows: list[Row]) -> str:
    """The first word with letters outside ASCII."""
    words = (word for row in rows for cell in row.cells if not cell.isascii() for word in cell.split())
    found = (word for word in words if any(sign.isalpha() and not sign.isascii() for sign in word))
    return next(found, "").strip(_AROUND)[:_LONGEST_SAMPLE]
