"""Merging arrivals into the ledger in parts, each in one short transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet

from sqlalchemy import Connection

from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.intake.reports import Counts
from trax_mailer.audience.intake.taking_in import Source, carry_out, decide
from trax_mailer.audience.untracking import untrack_imported
from trax_mailer.storage import Ledger
from trax_mailer.storage.arrivals import Arrival
from trax_mailer.storage.erasures import erasure_keys
from trax_mailer.tokens import KeyRing

PART_ROWS = 25_000
"""Well under a second of writing: so long a send under way may have to wait."""
_LOOKED_UP = 1000
_PAUSE = 0.015
"""Seconds between two parts in which another writer of an SQLite file, who looks every hundredth, gets in."""


def merge_arrivals(  # noqa: PLR0913 - each is a fact about the import
    ledger: Ledger,
    pages: Iterable[list[Arrival]],
    source: Source,
    ring: KeyRing,
    *,
    untracked: AbstractSet[str],
    counts: Counts,
    tell: Callable[[int], None],
    dry_run: bool,
) -> None:
    """Bring every arrival into the ledger, as far as the rule lets it; or count only.

    They come in the order of their keys, which must all differ. Those with a key in `untracked` are not to be
    tracked. `tell` gets the rows done.
    """
    done = 0
    free_since = 0.0
    for part in _parts(pages):
        if dry_run:
            with ledger.read() as connection:
                decide(connection, part, source=source, erased=_erased(connection, ring, part), counts=counts)
        else:
            if ledger.kind == "sqlite":
                time.sleep(max(0.0, free_since + _PAUSE - time.monotonic()))
            with ledger.write() as connection:
                erased = _erased(connection, ring, part)
                changes = decide(connection, part, source=source, erased=erased, counts=counts)
                carry_out(connection, changes, source=source)
                untrack_imported(connection, [one[1] for one in part if one[1] in untracked], source.list_id)
            free_since = time.monotonic()
        done += len(part)
        tell(done)


def _parts(pages: Iterable[list[Arrival]]) -> Iterator[list[Arrival]]:
    """So many at a time. A file that is one part goes in by its lines: its readers keep their order."""
    waiting: list[Arrival] = []
    is_first = True
    for page in pages:
        waiting += page
        while len(waiting) > PART_ROWS:
            yield waiting[:PART_ROWS]
            waiting, is_first = waiting[PART_ROWS:], False
    if is_first:
        waiting.sort()
    if waiting:
        yield waiting


def _erased(connection: Connection, ring: KeyRing, arrivals: list[Arrival]) -> AbstractSet[str]:
    """Whose keys are those of erased people."""
    if not erasure_keys(connection):
        return frozenset()
    return {
        key
        for start in range(0, len(arrivals), _LOOKED_UP)
        for key in erased_among(
            connection, ring, [arrival[1] for arrival in arrivals[start : start + _LOOKED_UP]]
        )
    }
