"""Acts and wordings: what changed readers, and the texts they agreed to."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from types import MappingProxyType

from sqlalchemy import Connection, Row, func, insert, select, update

from trax_mailer.model.act import Act, ActKind, Wording
from trax_mailer.storage import schema

_table = schema.act


def add_act(connection: Connection, act: Act) -> int:
    """Store what was done; returns its id."""
    [act_id] = add_acts(connection, [act])
    return act_id


def add_acts(connection: Connection, acts: Sequence[Act]) -> list[int]:
    """Store what was done; returns the ids, in the same order."""
    if not acts:
        return []
    made = connection.execute(
        insert(_table).returning(_table.c.id, sort_by_parameter_order=True),
        [
            {
                "kind": act.kind,
                "at": act.at,
                "by": act.by,
                "source": act.source,
                "words": act.words,
                "wording_id": act.wording_id,
                "subscriber_id": act.subscriber_id,
                "list_id": act.list_id,
                "details": dict(act.details),
            }
            for act in acts
        ],
    )
    return list(made.scalars())


def acts_among(connection: Connection, ids: Iterable[int]) -> dict[int, Act]:
    """The acts of these ids. At most some thousand at once."""
    rows = connection.execute(select(_table).where(_table.c.id.in_(sorted(set(ids)))))
    return {row.id: _act(row) for row in rows}


def acts_about(connection: Connection, subscriber_id: int) -> list[Act]:
    """The acts that were about that reader alone, oldest first."""
    rows = connection.execute(
        select(_table).where(_table.c.subscriber_id == subscriber_id).order_by(_table.c.id)
    )
    return [_act(row) for row in rows]


def last_of_kinds(
    connection: Connection, kinds: Iterable[ActKind], subscriber_ids: Iterable[int]
) -> dict[tuple[int, int], dt.datetime]:
    """When each reader last did something of these kinds about a list, by the ids of list and reader."""
    rows = connection.execute(
        select(_table.c.list_id, _table.c.subscriber_id, func.max(_table.c.at))
        .where(
            _table.c.subscriber_id.in_(sorted(set(subscriber_ids))),
            _table.c.kind.in_(sorted(kinds)),
            _table.c.list_id.is_not(None),
        )
        .group_by(_table.c.list_id, _table.c.subscriber_id)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def latest_acts(connection: Connection, *, limit: int, before: int | None = None) -> list[Act]:
    """The last acts, the newest first; with `before`, those of a lower id."""
    query = select(_table).order_by(_table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_table.c.id < before)
    return [_act(row) for row in connection.execute(query)]


def forget_words_about(connection: Connection, subscriber_id: int) -> None:
    """Keep of the acts about that reader only what they were and when."""
    connection.execute(
        update(_table).where(_table.c.subscriber_id == subscriber_id).values(words="", source="", details={})
    )


def find_wording(connection: Connection, wording_id: int) -> Wording | None:
    """The wording of that id, or None."""
    row = connection.execute(select(schema.wording).where(schema.wording.c.id == wording_id)).first()
    if row is None:
        return None
    return Wording(id=row.id, language=row.language, text=row.text, since=row.since)


def find_wording_id(connection: Connection, mark: str) -> int | None:
    """The id of the wording with that mark, or None."""
    return connection.scalar(select(schema.wording.c.id).where(schema.wording.c.hash == mark))


def mark_of_wording(text: str, *, language: str) -> str:
    """What tells the wording from every other, in 64 hex digits."""
    return hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()


def note_wording(connection: Connection, text: str, *, language: str, now: dt.datetime) -> int:
    """The id of that wording, stored where it is new."""
    mark = mark_of_wording(text, language=language)
    found = find_wording_id(connection, mark)
    if found is not None:
        return found
    made = connection.execute(
        insert(schema.wording)
        .values(hash=mark, language=language, text=text, since=now)
        .returning(schema.wording.c.id)
    )
    wording_id: int = made.scalar_one()
    return wording_id


def _act(row: Row[tuple[object, ...]]) -> Act:
    return Act(
        id=row.id,
        kind=row.kind,
        at=row.at,
        by=row.by,
        source=row.source,
        words=row.words,
        wording_id=row.wording_id,
        subscriber_id=row.subscriber_id,
        list_id=row.list_id,
        details=MappingProxyType(row.details),
    )
