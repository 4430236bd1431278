"""Numbers of visits for reports: those kept one by one, and those that are counts by now, together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, Label, Table, case, func, literal, select, union_all

from trax_mailer.model.report import Tally
from trax_mailer.model.visit import HIDDEN_LINK, Verdict, VisitKind
from trax_mailer.storage import schema
from trax_mailer.storage.report_numbers import hour_of, read_hour

_visit = schema.visit
_folded = schema.visit_count
_Key: TypeAlias = tuple[VisitKind, object]
"""A kind, and the language, link or section; None where visits are split by kind alone."""


class VisitHour(NamedTuple):
    """Visits of one kind and verdict in one hour."""

    at: dt.datetime
    kind: VisitKind
    verdict: Verdict
    visits: int


def tally_kinds(connection: Connection, mailing_id: int) -> dict[VisitKind, Tally]:
    """All visits of the mailing: clicks and opens."""
    found = _tally(connection, mailing_id)
    return {kind: found.get((kind, None), Tally()) for kind in VisitKind}


def tally_languages(connection: Connection, mailing_id: int) -> dict[tuple[VisitKind, str], Tally]:
    """The same, by language."""
    found = _tally(connection, mailing_id, "language")
    return {(key[0], str(key[1])): tally for key, tally in found.items()}


def tally_links(connection: Connection, mailing_id: int) -> dict[int, Tally]:
    """The clicks by the number of the link, the hidden one left in."""
    found = _tally(connection, mailing_id, "link")
    return {int(str(key[1])): tally for key, tally in found.items() if key[0] is VisitKind.CLICK}


def tally_sections(
    connection: Connection, mailing_id: int, sections: Mapping[int, int | None]
) -> dict[int, Tally]:
    """The clicks by section; `sections` says where each link stands. -1 is the frame, -2 the hidden link."""
    found = _tally(connection, mailing_id, "section", sections)
    return {int(str(key[1])): tally for key, tally in found.items() if key[0] is VisitKind.CLICK}


def visits_by_hour(connection: Connection, mailing_id: int) -> list[VisitHour]:
    """When visits were made, to the hour."""
    now, then = hour_of(connection, _visit.c.at), hour_of(connection, _folded.c.hour)
    kept = (
        select(now.label("hour"), _visit.c.kind, _visit.c.verdict, func.count().label("visits"))
        .where(_visit.c.mailing_id == mailing_id)
        .group_by("hour", _visit.c.kind, _visit.c.verdict)
    )
    counted = select(then.label("hour"), _folded.c.kind, _folded.c.verdict, _folded.c.visits).where(
        _folded.c.mailing_id == mailing_id
    )
    both = union_all(kept, counted).subquery()
    rows = connection.execute(
        select(both.c.hour, both.c.kind, both.c.verdict, func.sum(both.c.visits))
        .group_by(both.c.hour, both.c.kind, both.c.verdict)
        .order_by(both.c.hour)
    )
    return [VisitHour(read_hour(row[0]), row[1], row[2], int(row[3])) for row in rows]


def has_folded(connection: Connection, mailing_id: int) -> bool:
    """Whether any visit of the mailing is a count by now."""
    return (
        connection.execute(select(_folded.c.link).where(_folded.c.mailing_id == mailing_id).limit(1)).first()
        is not None
    )


def count_reasons(connection: Connection, mailing_id: int) -> list[tuple[VisitKind, Verdict, str, int]]:
    """Why visits were judged as they were, of those kept one by one; the most frequent first."""
    rows = connection.execute(
        select(_visit.c.kind, _visit.c.verdict, _visit.c.why, func.count().label("visits"))
        .where(_visit.c.mailing_id == mailing_id, _visit.c.why != "")
        .group_by(_visit.c.kind, _visit.c.verdict, _visit.c.why)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _tally(
    connection: Connection,
    mailing_id: int,
    by: str = "",
    sections: Mapping[int, int | None] | None = None,
) -> dict[_Key, Tally]:
    """Visits by verdict, and by how many copies: of the visits that are kept, each copy once in a group.

    A count of old keeps no copies, only how many there were in each hour: these are added.
    """
    numbers: dict[_Key, dict[str, int]] = {}
    kept = [_visit.c.kind, *_groups(_visit, by, sections)]
    old = [_folded.c.kind, *_groups(_folded, by, sections)]
    looks_human = _visit.c.verdict == Verdict.HUMAN
    columns = [
        *(func.sum(case((_visit.c.verdict == one, 1), else_=0)) for one in Verdict),
        _copies(looks_human),
        _copies(None),
    ]
    before = [
        *(func.sum(case((_folded.c.verdict == one, _folded.c.visits), else_=0)) for one in Verdict),
        func.sum(case((_folded.c.verdict == Verdict.HUMAN, _folded.c.visitors), else_=0)),
        func.sum(_folded.c.visitors),
    ]
    names = [*(one.value for one in Verdict), "people", "copies"]
    for groups, wanted, of in (
        (kept, columns, _visit.c.mailing_id == mailing_id),
        (old, before, _folded.c.mailing_id == mailing_id),
    ):
        for row in connection.execute(
            select(*groups, *wanted).where(of).group_by("kind", *filter(None, [by]))
        ):
            key = (row[0], row[1] if by else None)
            counts = numbers.setdefault(key, dict.fromkeys(names, 0))
            for name, number in zip(names, row[len(groups) :], strict=True):
                counts[name] += int(number)
    return {key: Tally(**counts) for key, counts in numbers.items()}


def _copies(which: ColumnElement[bool] | None) -> ColumnElement[int]:
    """How many copies: by their pseudonym, or by the reader where that one consented."""
    marks = (_visit.c.pseudonym, _visit.c.subscriber_id)
    first, second = (mark if which is None else case((which, mark), else_=None) for mark in marks)
    return func.count(func.distinct(first)) + func.count(func.distinct(second))


def _groups(table: Table, by: str, sections: Mapping[int, int | None] | None) -> list[Label[object]]:
    if not by:
        return []
    return [_section(table, sections or {}) if by == "section" else table.c[by].label(by)]


def _section(table: Table, sections: Mapping[int, int | None]) -> Label[object]:
    """The section of the link; -1 for what stands in none, -2 for the link that nobody sees."""
    known = {HIDDEN_LINK: -2} | {number: -1 if one is None else one for number, one in sections.items()}
    whens = {number: literal(section, literal_execute=True) for number, section in known.items()}
    return case(whens, value=table.c.link, else_=literal(-1, literal_execute=True)).label("section")
