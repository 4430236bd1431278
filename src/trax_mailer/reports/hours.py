"""Over time: what was handed over, opened and clicked in each hour."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from trax_mailer.model.report import HourLine
from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.reports.reading import MailingNumbers
from trax_mailer.reports.visiting import visits_by_hour


def hour_lines(read: Sequence[MailingNumbers]) -> tuple[HourLine, ...]:
    """The hours in which anything happened, in order."""
    counts: dict[dt.datetime, dict[str, int]] = {}

    def add(at: dt.datetime, name: str, number: int) -> None:
        hour = counts.setdefault(at, {})
        hour[name] = hour.get(name, 0) + number

    for one in read:
        for alike, people in one.accepted.items():
            add(alike.at, "accepted", people)
        for (at, kind, verdict), number in visits_by_hour(one.visits).items():
            human = "opens" if kind is VisitKind.OPEN else "clicks"
            add(at, human if verdict is Verdict.HUMAN else "others", number)
    return tuple(HourLine(at=at, **counts[at]) for at in sorted(counts))
