"""Visits: clicks and opens, kept one by one while their pseudonyms are, and as counts afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from trax_mailer.model.visit import Verdict
from trax_mailer.storage import schema
from trax_mailer.storage.many_rows import stored_times

_table = schema.visit
_counts = schema.visit_count
_GROUP = (_table.c.mailing_id, _table.c.kind, _table.c.link, _table.c.language, _table.c.verdict)
_CHUNK = 500


class NewVisit(NamedTuple):
    """A visit to be kept, which nobody has judged yet: by a pseudonym, or by a subscriber who consented.

    `kind` is a value of VisitKind.
    """

    mailing_id: int
    kind: str
    link: int
    pseudonym: bytes | None
    subscriber_id: int | None
    language: str
    at: dt.datetime
    after: int
    method: str
    agent: str
    hints: str


_KEPT = ", ".join(f'"{name}"' for name in (*NewVisit._fields, "verdict", "why"))
_UNJUDGED = (Verdict.UNSURE.value, "")


def add_visits(connection: Connection, visits: Sequence[NewVisit]) -> None:
    """Keep the visits. Past SQLAlchemy's columns, which would take longer than the database itself."""
    if not visits:
        return
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - narrows a type
        with driver.cursor() as cursor, cursor.copy(f"COPY visit ({_KEPT}) FROM STDIN") as copy:
            for one in visits:
                copy.write_row((*one, *_UNJUDGED))
        return
    texts = stored_times(connection, {one.at for one in visits})
    # Many rows a statement: Python's lock is let go of and fought for once for each.
    for start in range(0, len(visits), _CHUNK):
        part = visits[start : start + _CHUNK]
        rows = ((*one[:6], texts[one.at], *one[7:], *_UNJUDGED) for one in part)
        connection.exec_driver_sql(_insertion(len(part)), tuple(chain.from_iterable(rows)))


@lru_cache(maxsize=32)
def _insertion(rows: int) -> str:
    marks = ", ".join("?" * (len(NewVisit._fields) + len(_UNJUDGED)))
    return f"INSERT INTO visit ({_KEPT}) VALUES {', '.join([f'({marks})'] * rows)}"  # noqa: S608


def first_visits(
    connection: Connection, mailing_id: int, *, pseudonyms: Sequence[bytes], readers: Sequence[int]
) -> tuple[dict[bytes, dt.datetime], dict[int, dt.datetime]]:
    """When each of the pseudonyms and of the subscribers was first seen, to the minute.

    Those that never were are left out.
    """
    by_pseudonym = _first_times(connection, mailing_id, _table.c.pseudonym, pseudonyms)
    by_reader = _first_times(connection, mailing_id, _table.c.subscriber_id, readers)
    return {bytes(one): at for one, at in by_pseudonym.items()}, by_reader


def _first_times(
    connection: Connection, mailing_id: int, whose: ColumnElement[Any], wanted: Sequence[Any]
) -> dict[Any, dt.datetime]:
    found: dict[Any, dt.datetime] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(
            select(whose, func.min(_table.c.at))
            .where(_table.c.mailing_id == mailing_id, whose.in_(wanted[start : start + _CHUNK]))
            .group_by(whose)
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def oldest_hour(connection: Connection) -> dt.datetime | None:
    """The hour of the oldest visit that is kept by itself; None where there is none."""
    oldest: dt.datetime | None = connection.scalar(select(func.min(_table.c.at)))
    return oldest.replace(minute=0, second=0, microsecond=0) if oldest else None


def fold_hour(connection: Connection, hour: dt.datetime) -> int:
    """Leave of the visits of that hour nothing but counts. Returns how many there were.

    Counts are added to those that the hour has already. Both happen, or neither, with the transaction.
    """
    of_the_hour = (_table.c.at >= hour, _table.c.at < hour + dt.timedelta(hours=1))
    counted = (
        select(
            *_GROUP[:4],
            literal(hour, _counts.c.hour.type),
            _GROUP[4],
            func.count(),
            func.count(func.distinct(_table.c.pseudonym)) + func.count(func.distinct(_table.c.subscriber_id)),
        )
        .where(*of_the_hour)
        .group_by(*_GROUP)
    )
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    names = ["mailing_id", "kind", "link", "language", "hour", "verdict", "visits", "visitors"]
    adding = dialect.insert(_counts).from_select(names, counted)
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=names[:6],
            set_={name: _counts.c[name] + adding.excluded[name] for name in ("visits", "visitors")},
        )
    )
    return connection.execute(delete(_table).where(*of_the_hour)).rowcount
