"""Visits of a mailing for reports: read once, as counts and as what each copy of the mail did.

The database looks at every visit twice and no more: to count visits, and to bring those of a copy together.
All splits of a report are added up from what comes back, which is small.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Text,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.storage import schema
from trax_mailer.storage.report_numbers import hour_of, read_hour

_visit = schema.visit
_folded = schema.visit_count
_OPENED, _OPENED_BY_HUMAN = 1, 2
_HUMAN = "h"
_PIXEL = frozenset({0})


class Seen(NamedTuple):
    """Visits that are alike. `why` is empty where they were not judged yet, or are counts by now."""

    at: dt.datetime
    kind: VisitKind
    verdict: Verdict
    link: int
    language: str
    why: str


class Pattern(NamedTuple):
    """What copies did that did the same: whether the mail was opened, and the links that were pressed.

    `opened` and `pressed` are of any visits, the others of those that look human.
    """

    language: str
    opened: bool
    opened_by_human: bool
    pressed: frozenset[int]
    pressed_by_human: frozenset[int]

    def links(self, kind: VisitKind, *, human: bool = False) -> frozenset[int]:
        """The links of these visits, or of those that look human; an open's number is 0."""
        if kind is VisitKind.CLICK:
            return self.pressed_by_human if human else self.pressed
        return _PIXEL if (self.opened_by_human if human else self.opened) else frozenset()


class Folded(NamedTuple):
    """Visits of which counts are left. `visitors` is how many copies made them."""

    at: dt.datetime
    kind: VisitKind
    verdict: Verdict
    link: int
    language: str
    visits: int
    visitors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingVisits:
    """All visits of one mailing: those kept one by one, by what is alike in them; and the counts of old ones.

    A copy is known by its pseudonym, or by the reader where that one consented, and has one language.
    """

    seen: dict[Seen, int]
    copies: dict[Pattern, int]
    folded: tuple[Folded, ...]


def load_visits(connection: Connection, mailing_id: int) -> MailingVisits:
    """The visits of the mailing."""
    of_mailing = _of(connection, mailing_id)
    return MailingVisits(
        seen=_seen(connection, of_mailing),
        copies=_copies(connection, of_mailing),
        folded=_load_folded(connection, mailing_id),
    )


def _of(connection: Connection, mailing_id: int) -> tuple[ColumnElement[bool], ...]:
    """The visits of the mailing, which lie close together: they are read in the order in which they lie."""
    of_it = _visit.c.mailing_id == mailing_id
    if connection.dialect.name == "postgresql":
        return (of_it,)
    first, last = connection.execute(select(func.min(_visit.c.id), func.max(_visit.c.id)).where(of_it)).one()
    # The sum keeps SQLite from an index, by which it would look up each visit by itself.
    return _visit.c.id.between(first, last), _visit.c.mailing_id + 0 == mailing_id


def _seen(connection: Connection, of_mailing: tuple[ColumnElement[bool], ...]) -> dict[Seen, int]:
    # One text of all columns: SQLite sorts it in half the time.
    parts = [
        hour_of(connection, _visit.c.at),
        type_coerce(_visit.c.kind, String),
        type_coerce(_visit.c.verdict, String),
        cast(_visit.c.link, Text),
        _visit.c.language,
        _visit.c.why,
    ]
    alike: ColumnElement[str] = parts[0]
    for part in parts[1:]:
        alike = alike + literal("|", literal_execute=True) + part
    rows = connection.execute(select(alike.label("alike"), func.count()).where(*of_mailing).group_by("alike"))
    return {_read_seen(row[0]): row[1] for row in rows}


def _read_seen(alike: str) -> Seen:
    hour, kind, verdict, link, language, why = alike.split("|", 5)
    return Seen(read_hour(hour), VisitKind(kind), Verdict(verdict), int(link), language, why)


def _copies(connection: Connection, of_mailing: tuple[ColumnElement[bool], ...]) -> dict[Pattern, int]:
    human = _constant(_visit.c.verdict, Verdict.HUMAN)
    opened = case((human, _OPENED_BY_HUMAN), else_=_OPENED)
    pressed = cast(_visit.c.link, Text) + case((human, _HUMAN), else_="")
    is_click = _constant(_visit.c.kind, VisitKind.CLICK)
    of_copy = (
        select(
            _visit.c.language,
            func.max(case((is_click, 0), else_=opened)).label("opened"),
            func.aggregate_strings(case((is_click, pressed)), ",").label("pressed"),
        )
        .where(*of_mailing, or_(_visit.c.pseudonym.is_not(None), _visit.c.subscriber_id.is_not(None)))
        .group_by(_visit.c.pseudonym, _visit.c.subscriber_id, _visit.c.language)
        .subquery()
    )
    alike = (of_copy.c.language, of_copy.c.opened, of_copy.c.pressed)
    copies: dict[Pattern, int] = {}
    for language, opens, links, count in connection.execute(select(*alike, func.count()).group_by(*alike)):
        pattern = _pattern(language, opens, links)
        copies[pattern] = copies.get(pattern, 0) + count
    return copies


def _pattern(language: str, opens: int, links: str | None) -> Pattern:
    marks = frozenset(links.split(",")) if links else frozenset()
    return Pattern(
        language=language,
        opened=opens >= _OPENED,
        opened_by_human=opens == _OPENED_BY_HUMAN,
        pressed=frozenset(int(one.removesuffix(_HUMAN)) for one in marks),
        pressed_by_human=frozenset(int(one[:-1]) for one in marks if one.endswith(_HUMAN)),
    )


def _constant(column: ColumnElement[Any], value: Verdict | VisitKind) -> ColumnElement[bool]:
    """Compared as text that stands in the statement: a value that is bound is converted for every row."""
    return type_coerce(column, String) == literal(value.value, literal_execute=True)


def _load_folded(connection: Connection, mailing_id: int) -> tuple[Folded, ...]:
    columns = [
        _folded.c[name] for name in ("hour", "kind", "verdict", "link", "language", "visits", "visitors")
    ]
    rows = connection.execute(select(*columns).where(_folded.c.mailing_id == mailing_id))
    return tuple(Folded(*row) for row in rows)
