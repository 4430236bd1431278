"""Merging arrivals into the ledger in parts, each in one short transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from sqlalchemy import Connection

from trax_mailer.audience.erasing import erased_among
from trax_mailer.audience.intake.reports import Counts
from trax_mailer.audience.intake.taking_in import Source, carry_out, decide, from_arrival
from trax_mailer.storage.arrivals import (
    Part,
    add_strangers,
    arrivals_apart,
    count_unchanged,
    keys_at_hand,
    lay_out,
    parts,
    set_apart,
    set_apart_also,
)
from trax_mailer.storage.desk import Desk
from trax_mailer.storage.erasures import erasure_keys
from trax_mailer.tokens import KeyRing

PART_ROWS = 25_000
"""Well under a second of writing: so long a send under way may have to wait."""
_LOOKED_UP = 1000
_PAUSE = 0.015
"""Seconds between two parts in which another writer of an SQLite file, who looks every hundredth, gets in."""


def merge_arrivals(
    desk: Desk,
    source: Source,
    ring: KeyRing,
    *,
    counts: Counts,
    tell: Callable[[int], None],
    dry_run: bool,
) -> None:
    """Bring every arrival into the ledger, as far as the rule lets it; or count only.

    `tell` gets the rows done.
    """
    done = 0
    with desk.aside() as connection:
        found = list(parts(connection, PART_ROWS))
    for part in found:
        with desk.aside() as connection:
            lay_out(connection, part)
        if dry_run:
            with desk.aside() as connection:
                _merge(connection, part, source, ring, counts=counts, dry_run=True)
        else:
            if done and not desk.on_server:
                time.sleep(_PAUSE)
            with desk.write() as connection:
                _merge(connection, part, source, ring, counts=counts, dry_run=False)
        done += part.rows
        tell(done)


def _merge(
    connection: Connection, part: Part, source: Source, ring: KeyRing, *, counts: Counts, dry_run: bool
) -> None:
    apart = set_apart(connection)
    erased = _erased(connection, ring)
    apart += set_apart_also(connection, sorted(erased))
    counts.added += part.rows - apart
    if not dry_run:
        assert source.list_id is not None  # noqa: S101 - narrows a type
        add_strangers(
            connection,
            list_id=source.list_id,
            act_id=source.act_id,
            now=source.at,
            tagged=source.tagged,
        )
    if apart and source.list_id is not None:
        counts.unchanged += count_unchanged(connection, source.list_id)
    for arrivals in arrivals_apart(connection, _LOOKED_UP):
        entries = [from_arrival(arrival) for arrival in arrivals]
        changes = decide(connection, entries, source=source, erased=erased, counts=counts)
        if not dry_run:
            carry_out(connection, changes, source=source)


def _erased(connection: Connection, ring: KeyRing) -> AbstractSet[str]:
    """Whose keys are those of erased people: not even that they left is noted again."""
    if not erasure_keys(connection):
        return frozenset()
    keys = keys_at_hand(connection)
    return {
        key
        for start in range(0, len(keys), _LOOKED_UP)
        for key in erased_among(connection, ring, keys[start : start + _LOOKED_UP])
    }
