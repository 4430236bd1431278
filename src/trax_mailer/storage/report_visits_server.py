"""Visits for reports from a PostgreSQL server, which counts them itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, case, distinct, func, or_, select

from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.model.visit_counts import Pattern, Seen
from trax_mailer.storage import schema
from trax_mailer.storage.report_numbers import hour_of, read_hour

_visit = schema.visit
_HUMAN, _CLICK = 1, 2


def read_server(connection: Connection, mailing_id: int) -> tuple[dict[Seen, int], dict[Pattern, int]]:
    """Visits that are alike, and copies that did the same, with how many there are of each."""
    return _seen(connection, mailing_id), _copies(connection, mailing_id)


def _seen(connection: Connection, mailing_id: int) -> dict[Seen, int]:
    hour = hour_of(connection, _visit.c.at).label("hour")
    alike = [_visit.c[name] for name in ("kind", "verdict", "link", "language", "why")]
    rows = connection.execute(
        select(hour, *alike, func.count()).where(_visit.c.mailing_id == mailing_id).group_by("hour", *alike)
    )
    return {Seen(read_hour(row[0]), *row[1:6]): row[6] for row in rows}


def _copies(connection: Connection, mailing_id: int) -> dict[Pattern, int]:
    clicked = case((_visit.c.kind == VisitKind.CLICK, _CLICK), else_=0)
    human = case((_visit.c.verdict == Verdict.HUMAN, _HUMAN), else_=0)
    act = distinct(_visit.c.link * 4 + clicked + human)
    of_copy = (
        select(_visit.c.language, func.array_agg(act).label("acts"))
        .where(_visit.c.mailing_id == mailing_id)
        .where(or_(_visit.c.pseudonym.is_not(None), _visit.c.subscriber_id.is_not(None)))
        .group_by(_visit.c.pseudonym, _visit.c.subscriber_id, _visit.c.language)
        .subquery()
    )
    alike = (of_copy.c.language, of_copy.c.acts)
    copies: Counter[Pattern] = Counter()
    for language, acts, count in connection.execute(select(*alike, func.count()).group_by(*alike)):
        copies[_pattern(language, acts)] += count
    return copies


def _pattern(language: str, acts: Sequence[int]) -> Pattern:
    clicks = [act for act in acts if act & _CLICK]
    opens = [act for act in acts if not act & _CLICK]
    return Pattern(
        language=language,
        opened=bool(opens),
        opened_by_human=any(act & _HUMAN for act in opens),
        pressed=frozenset(act // 4 for act in clicks),
        pressed_by_human=frozenset(act // 4 for act in clicks if act & _HUMAN),
    )
