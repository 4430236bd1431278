"""Visits for reports from a PostgreSQL server, which counts them itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, Connection, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import array

from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.model.visit_counts import Pattern, Seen
from trax_mailer.storage import schema
from trax_mailer.storage.report_numbers import hour_of, read_hour

_visit = schema.visit
_HUMAN, _OPENS = 1, 2
"""Acts are numbered: 0 for an open, 2 for a click on the first link, 4 on the second; one more by a human."""
_BITS = 62


def read_server(connection: Connection, mailing_id: int) -> tuple[dict[Seen, int], dict[Pattern, int]]:
    """Visits that are alike, and copies that did the same, with how many there are of each."""
    # Else it sorts on disk. Given back at the end of the transaction.
    connection.exec_driver_sql("SET LOCAL work_mem = '64MB'")
    seen = _seen(connection, mailing_id)
    links = sorted({one.link for one in seen})
    return seen, _copies(connection, mailing_id, links) if links else {}


def _seen(connection: Connection, mailing_id: int) -> dict[Seen, int]:
    hour = hour_of(connection, _visit.c.at).label("hour")
    alike = [_visit.c[name] for name in ("kind", "verdict", "link", "language", "why")]
    rows = connection.execute(
        select(hour, *alike, func.count()).where(_visit.c.mailing_id == mailing_id).group_by("hour", *alike)
    )
    return {Seen(read_hour(row[0]), *row[1:6]): row[6] for row in rows}


def _copies(connection: Connection, mailing_id: int, links: Sequence[int]) -> dict[Pattern, int]:
    """What a copy did is bits of whole numbers: to bring them together, nothing has to be sorted."""
    place = func.array_position(array(links), _visit.c.link) - 1
    clicked = case((_visit.c.kind == VisitKind.CLICK, _OPENS + 2 * place), else_=0)
    act = clicked + case((_visit.c.verdict == Verdict.HUMAN, _HUMAN), else_=0)
    words = [
        func.bit_or(case((act.between(first, first + _BITS - 1), _bit(act - first)), else_=0)).label(
            f"w{first}"
        )
        for first in range(0, _OPENS + 2 * len(links), _BITS)
    ]
    of_copy = (
        select(_visit.c.language, *words)
        .where(_visit.c.mailing_id == mailing_id)
        .where(or_(_visit.c.pseudonym.is_not(None), _visit.c.subscriber_id.is_not(None)))
        .group_by(_visit.c.pseudonym, _visit.c.subscriber_id, _visit.c.language)
        .subquery()
    )
    copies: Counter[Pattern] = Counter()
    for language, *found, count in connection.execute(select(*of_copy.c, func.count()).group_by(*of_copy.c)):
        acts = sum(word << (number * _BITS) for number, word in enumerate(found))
        copies[_pattern(language, acts, links)] += count
    return copies


def _bit(number: ColumnElement[int]) -> ColumnElement[int]:
    return cast(1, BigInteger).bitwise_lshift(number)


def _pattern(language: str, acts: int, links: Sequence[int]) -> Pattern:
    clicks = [(link, acts >> (_OPENS + 2 * place) & 3) for place, link in enumerate(links)]
    return Pattern(
        language=language,
        opened=bool(acts & 3),
        opened_by_human=bool(acts & 2),
        pressed=frozenset(link for link, done in clicks if done),
        pressed_by_human=frozenset(link for link, done in clicks if done & 2),
    )
