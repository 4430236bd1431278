"""Writing arrivals down as visits, in one transaction for many."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from trax_mailer.model.visit import LONGEST_AFTER
from trax_mailer.storage import Ledger
from trax_mailer.storage.counters import DROPPED_VISITS, add_to, note_value, value_of
from trax_mailer.storage.visit_consents import standing_among
from trax_mailer.storage.visits import NewVisit, add_visits, first_visits
from trax_mailer.workflows.tracking.arrivals import Arrival
from trax_mailer.workflows.tracking.targets import Targets

_Whose: TypeAlias = tuple[int, bool, bytes]
"""A mailing, and the mark of a copy of it: whether that is a reader's, and the mark."""
_REMEMBERED = 100_000


class VisitWriter:
    """Writes for one journal: its name stands in the ledger beside the number of the last arrival written."""

    def __init__(self, ledger: Ledger, targets: Targets, *, journal: str) -> None:
        self._ledger = ledger
        self._targets = targets
        self.counter = f"visits of {journal}"
        self._firsts: OrderedDict[_Whose, float] = OrderedDict()

    def write(self, arrivals: Sequence[Arrival], *, dropped: int = 0) -> None:
        """Write them, and how many were dropped, unless that was done before: all of it, or nothing.

        Raises TraxError where the ledger cannot be written now. It may have been written after all; to try
        the same again is always right.
        """
        if not arrivals and not dropped:
            return
        with self._ledger.write(alone=False) as connection:
            written = value_of(connection, self.counter)
            fresh = [one for one in arrivals if one.number > written]
            firsts = self._first_times(connection, fresh)
            add_visits(connection, self._visits(connection, fresh, firsts))
            if fresh:
                note_value(connection, self.counter, fresh[-1].number)
            if dropped and (fresh or not arrivals):
                add_to(connection, DROPPED_VISITS, dropped)
        self._remember(firsts)

    def _visits(
        self, connection: Connection, arrivals: Sequence[Arrival], firsts: dict[_Whose, float]
    ) -> list[NewVisit]:
        """The visits to be kept: those tied to a reader only where that reader's consent stands."""
        tables = {one: self._targets.table(one) for one in {one.mailing_id for one in arrivals}}
        tied = {
            (int.from_bytes(one.mark, "big"), table.list_id)
            for one in arrivals
            if one.is_reader and (table := tables[one.mailing_id])
        }
        stands = standing_among(connection, tied)
        minutes = {
            minute: dt.datetime.fromtimestamp(minute * 60, dt.UTC)
            for minute in {one.at // 60 for one in arrivals}
        }
        visits = []
        for one in arrivals:
            table = tables[one.mailing_id]
            reader = int.from_bytes(one.mark, "big") if one.is_reader else None
            if table is None or (reader is not None and (reader, table.list_id) not in stands):
                continue
            after = int(one.at - firsts[one.mailing_id, one.is_reader, one.mark])
            visits.append(
                NewVisit(
                    one.mailing_id,
                    one.kind,
                    one.link,
                    None if one.is_reader else one.mark,
                    reader,
                    table.language,
                    minutes[one.at // 60],
                    min(max(after, 0), LONGEST_AFTER),
                    one.method,
                    one.agent,
                    one.hints,
                )
            )
        return visits

    def _first_times(self, connection: Connection, arrivals: Sequence[Arrival]) -> dict[_Whose, float]:
        """When whose arrivals these are was first seen: remembered, in the ledger, or just now."""
        firsts: dict[_Whose, float] = {}
        unknown: defaultdict[tuple[int, bool], list[bytes]] = defaultdict(list)
        for one in arrivals:
            whose = (one.mailing_id, one.is_reader, one.mark)
            if whose in firsts:
                firsts[whose] = min(firsts[whose], one.at)
            elif (known := self._firsts.get(whose)) is not None:
                firsts[whose] = known
            else:
                firsts[whose] = one.at
                unknown[one.mailing_id, one.is_reader].append(one.mark)
        for (mailing_id, is_reader), marks in unknown.items():
            for mark, at in _first_visits(connection, mailing_id, marks, is_reader=is_reader).items():
                whose = (mailing_id, is_reader, mark)
                firsts[whose] = min(firsts[whose], at.timestamp())
        return firsts

    def _remember(self, firsts: dict[_Whose, float]) -> None:
        """Only here, in memory: the ledger knows times to the minute alone."""
        self._firsts.update(firsts)
        while len(self._firsts) > _REMEMBERED:
            self._firsts.popitem(last=False)


def _first_visits(
    connection: Connection, mailing_id: int, marks: Sequence[bytes], *, is_reader: bool
) -> dict[bytes, dt.datetime]:
    if not is_reader:
        return first_visits(connection, mailing_id, pseudonyms=marks, readers=())[0]
    readers = {int.from_bytes(mark, "big"): mark for mark in marks}
    found = first_visits(connection, mailing_id, pseudonyms=(), readers=list(readers))[1]
    return {readers[reader]: at for reader, at in found.items()}
