"""Visits on their way to a verdict: whose are not judged yet, all of theirs, and what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, func, or_, select, update

from trax_mailer.model.visit import Visit
from trax_mailer.storage import schema

_table = schema.visit
_NOT_JUDGED = schema.not_judged


def mailings_to_judge(connection: Connection, *, before: dt.datetime) -> list[int]:
    """The mailings with visits from before that moment which nobody has judged."""
    query = select(_table.c.mailing_id).where(_NOT_JUDGED, _table.c.at < before).distinct()
    return sorted(connection.scalars(query))


def next_to_judge(
    connection: Connection, mailing_id: int, *, before: dt.datetime, after: int, limit: int
) -> list[Visit]:
    """The next visits of the mailing that nobody has judged, with ids over `after`, in order."""
    # The ids by themselves: their index answers that alone, so that no other is as good to SQLite.
    ids = (
        select(_table.c.id)
        .where(_table.c.mailing_id == mailing_id, _NOT_JUDGED, _table.c.at < before, _table.c.id > after)
        .order_by(_table.c.id)
        .limit(limit)
    )
    query = select(_table).where(_table.c.id.in_(ids)).order_by(_table.c.id)
    return [Visit(**row) for row in connection.execute(query).mappings()]


def next_visits(connection: Connection, mailing_id: int, *, after: int, limit: int) -> list[Visit]:
    """The next visits of the mailing, judged or not, with ids over `after`, in order."""
    query = select(_table).where(_table.c.mailing_id == mailing_id, _table.c.id > after)
    rows = connection.execute(query.order_by(_table.c.id).limit(limit))
    return [Visit(**row) for row in rows.mappings()]


def visits_by(
    connection: Connection, mailing_id: int, *, pseudonyms: Collection[bytes], readers: Collection[int]
) -> list[Visit]:
    """Every visit of the mailing by these pseudonyms and readers. At most some hundred of each."""
    who = or_(_table.c.pseudonym.in_(pseudonyms), _table.c.subscriber_id.in_(readers))
    rows = connection.execute(select(_table).where(_table.c.mailing_id == mailing_id, who))
    return [Visit(**row) for row in rows.mappings()]


def keep_verdicts(connection: Connection, visits: Sequence[Visit]) -> None:
    """Write down what was found of these visits."""
    if visits:
        connection.execute(
            update(_table)
            .where(_table.c.id == bindparam("of_id"))
            .values(verdict=bindparam("found"), why=bindparam("because")),
            [{"of_id": one.id, "found": one.verdict, "because": one.why[:80]} for one in visits],
        )


def count_verdicts(connection: Connection, mailing_id: int) -> list[tuple[str, str, str, int]]:
    """Kind, verdict and reason of the mailing's visits, and how many there are of each; raw, as kept."""
    columns = (_table.c.kind, _table.c.verdict, _table.c.why)
    query = select(*columns, func.count()).where(_table.c.mailing_id == mailing_id).group_by(*columns)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query.order_by(*columns))]


def count_folded(connection: Connection, mailing_id: int) -> int:
    """How many visits of the mailing are counts by now, whose verdicts stay as they were."""
    counts = schema.visit_count
    query = select(func.sum(counts.c.visits)).where(counts.c.mailing_id == mailing_id)
    return int(connection.scalar(query) or 0)
