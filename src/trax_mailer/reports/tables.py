"""Tables: a report as rows that a terminal, a spreadsheet and a page can show alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trax_mailer.model.mailing import Outcome, Proof
from trax_mailer.model.report import PROVIDER_COLUMNS, VISIT_COLUMNS, GroupLine, GrowthLine, Report, Trend
from trax_mailer.model.visit import TrackingMode, VisitKind
from trax_mailer.reports.notes import NOTES, WITHHELD

Cell: TypeAlias = str | int | None
"""Words, a number, or None for a number that is withheld."""
_PROOF = ("audience", "accepted", "skipped", "failed", "uncertain", "waiting")
_KINDS = {VisitKind.OPEN: "opens", VisitKind.CLICK: "clicks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns, with a footnote. `bar` names the column that a chart shows; empty for none."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str
    bar: str = ""

    def column(self, name: str) -> tuple[Cell, ...]:
        """The cells of that column."""
        at = self.columns.index(name)
        return tuple(row[at] for row in self.rows)

    def words(self, cell: Cell) -> str:
        """A cell for people."""
        if cell is None:
            return WITHHELD
        return f"{cell:,}" if isinstance(cell, int) else cell


def report_tables(report: Report, *, zone: dt.tzinfo) -> tuple[Table, ...]:
    """The tables of the report that have anything in them; the proof and the outcomes always."""
    every = (
        _table("proof", "Proof", _PROOF, [_proof(report.proof)]),
        _mailings(report, zone),
        _table(
            "outcomes",
            "What was reported",
            ("outcome", "readers"),
            [(one.value, report.outcomes.get(one, 0)) for one in Outcome],
            bar="readers",
        ),
        _visits(report),
        _links(report),
        _sections(report),
        _languages(report),
        _table(
            "providers",
            "By mail provider",
            ("provider", *PROVIDER_COLUMNS),
            _groups(report.providers),
            bar="accepted",
        ),
        _table(
            "bounces",
            "Refused afterwards",
            ("outcome", "reason", "readers"),
            [(one.outcome.value, one.words, one.count) for one in report.bounces],
            bar="readers",
        ),
        _hours(report, zone),
        _table("left", "Left afterwards", ("mailing", "readers"), report.left),
        _growth(report.growth),
        _table(
            "reasons",
            "Why visits were judged so",
            ("visits", "verdict", "reason", "count"),
            [(_KINDS[kind], verdict.value, why, count) for kind, verdict, why, count in report.reasons],
        ),
    )
    return tuple(one for one in every if one.rows)


def trend_tables(trend: Trend, *, zone: dt.tzinfo) -> tuple[Table, ...]:
    """All issues, one a row; how the lists grew; and the sections that readers use.

    Who opened and clicked is empty where nothing was tracked.
    """
    columns = (
        *("issue", "title", "first sent", "audience", "accepted", "delivered"),
        *("refused", "opened", "clicked", "left"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one.issue_number,
            one.title,
            _time(one.first_sent, zone)[:10],
            *(one.audience, one.accepted, one.delivered, one.refused),
            *((one.opened, one.clicked) if one.tracked else ("", "")),
            one.left,
        )
        for one in trend.lines
    ]
    used = ("issues", *VISIT_COLUMNS, "share, %")
    every = (
        _table("trend", "From issue to issue", columns, rows, bar="clicked"),
        _table(
            "used_types",
            "Sections used, by type",
            ("type", *used),
            [(one.type, one.issues, *one.numbers, one.share) for one in trend.used_types],
            bar="people",
        ),
        _table(
            "used_titles",
            "Sections used, by title",
            ("type", "title", *used),
            [(one.type, one.title, one.issues, *one.numbers, one.share) for one in trend.used_titles],
        ),
        _growth(trend.growth),
    )
    return tuple(one for one in every if one.rows)


def _table(
    key: str, title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, bar: str = ""
) -> Table:
    return Table(
        key=key,
        title=title,
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        note=NOTES[key],
        bar=bar,
    )


def _proof(proof: Proof) -> tuple[Cell, ...]:
    return tuple(int(getattr(proof, name)) for name in _PROOF)


def _mailings(report: Report, zone: dt.tzinfo) -> Table:
    rows = [
        (
            *(one.id, one.list_name, one.language, one.transport, one.tracking, one.state),
            _time(one.started_at, zone),
            *_proof(one.proof),
        )
        for one in report.mailings
    ]
    columns = ("mailing", "list", "language", "transport", "tracking", "state", "started", *_PROOF)
    return _table("mailings", "Mailings", columns, rows)


def _visits(report: Report) -> Table:
    rows = [
        (name, tally.human, tally.machine, tally.unsure, tally.people, tally.copies)
        for kind, name in _KINDS.items()
        if (tally := report.visits[kind]).visits
    ]
    made = _table("visits", "Opens and clicks", ("visits", *VISIT_COLUMNS), rows)
    if not report.folded:
        return made
    note = f"{made.note} {NOTES['folded']}"
    return Table(key=made.key, title=made.title, columns=made.columns, rows=made.rows, note=note)


def _links(report: Report) -> Table:
    rows = [
        (
            *(one.number, one.label, one.section, one.target),
            *(
                (one.tally.human, one.tally.machine, one.tally.unsure, one.tally.people, one.tally.copies)
                if one.tally
                else (None,) * 5
            ),
        )
        for one in report.links
        if _tracked(report)
    ]
    return _table(
        "links", "Links", ("link", "words", "section", "leads to", *VISIT_COLUMNS), rows, bar="people"
    )


def _sections(report: Report) -> Table:
    rows = _groups(report.sections) if _tracked(report) else []
    return _table("sections", "Clicks by section", ("section", *VISIT_COLUMNS), rows, bar="people")


def _tracked(report: Report) -> bool:
    return any(one.tracking != TrackingMode.NONE for one in report.mailings)


def _languages(report: Report) -> Table:
    rows = [
        (name, line.name, *line.numbers) for kind, name in _KINDS.items() for line in report.languages[kind]
    ]
    return _table("languages", "By language", ("visits", "language", *VISIT_COLUMNS), rows)


def _hours(report: Report, zone: dt.tzinfo) -> Table:
    rows = [(_time(one.at, zone), one.accepted, one.opens, one.clicks, one.others) for one in report.hours]
    return _table("hours", "Over time", ("hour", "handed over", "opens", "clicks", "others"), rows)


def _growth(lines: Sequence[GrowthLine]) -> Table:
    rows = [
        (one.list_name, one.month, one.joined, one.left, one.bounced, one.complained, one.size)
        for one in lines
    ]
    columns = ("list", "month", "joined", "left", "bounced", "complained", "size")
    return _table("growth", "How the list grew", columns, rows, bar="size")


def _groups(lines: Sequence[GroupLine]) -> list[tuple[Cell, ...]]:
    return [(one.name, *one.numbers) for one in lines]


def _time(at: dt.datetime | None, zone: dt.tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
