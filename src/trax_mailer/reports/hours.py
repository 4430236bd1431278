"""Over time: what was handed over, opened and clicked in each hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection

from trax_mailer.model.report import HourLine
from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.storage.report_numbers import accepted_by_hour
from trax_mailer.storage.report_visits import visits_by_hour


def hour_lines(connection: Connection, ids: Sequence[int]) -> tuple[HourLine, ...]:
    """The hours in which anything happened, in order."""
    counts: dict[dt.datetime, dict[str, int]] = {}

    def add(at: dt.datetime, name: str, number: int) -> None:
        hour = counts.setdefault(at, {})
        hour[name] = hour.get(name, 0) + number

    for one in ids:
        for at, people in accepted_by_hour(connection, one).items():
            add(at, "accepted", people)
        for visit in visits_by_hour(connection, one):
            human = "opens" if visit.kind is VisitKind.OPEN else "clicks"
            add(visit.at, human if visit.verdict is Verdict.HUMAN else "others", visit.visits)
    return tuple(HourLine(at=at, **counts[at]) for at in sorted(counts))
