"""Tags: words that staff put on readers, such as “press”."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, delete, func, insert, select

from trax_mailer.storage import schema

_table = schema.tag


def tags_of(connection: Connection, subscriber_id: int) -> tuple[str, ...]:
    """The reader's tags, sorted."""
    return tuple(
        connection.scalars(
            select(_table.c.name).where(_table.c.subscriber_id == subscriber_id).order_by(_table.c.name)
        )
    )


def tags_among(connection: Connection, subscriber_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of these readers, sorted; a reader without any is missing."""
    rows = connection.execute(
        select(_table.c.subscriber_id, _table.c.name)
        .where(_table.c.subscriber_id.in_(subscriber_ids))
        .order_by(_table.c.subscriber_id, _table.c.name)
    )
    found: dict[int, tuple[str, ...]] = {}
    for subscriber_id, name in rows:
        found[subscriber_id] = (*found.get(subscriber_id, ()), name)
    return found


def change_tags(
    connection: Connection, subscriber_id: int, *, add: Collection[str], remove: Collection[str]
) -> bool:
    """Put tags on the reader and take others off. False where that changes nothing."""
    present = set(tags_of(connection, subscriber_id))
    new = sorted(set(add) - present)
    gone = sorted(present & set(remove) - set(add))
    if new:
        connection.execute(insert(_table), [{"subscriber_id": subscriber_id, "name": name} for name in new])
    if gone:
        connection.execute(
            delete(_table).where(_table.c.subscriber_id == subscriber_id, _table.c.name.in_(gone))
        )
    return bool(new or gone)


def count_tags(connection: Connection) -> dict[str, int]:
    """How many readers have each tag, by name."""
    rows = connection.execute(
        select(_table.c.name, func.count()).group_by(_table.c.name).order_by(_table.c.name)
    )
    return {row[0]: row[1] for row in rows}


def add_tags(connection: Connection, tags: Mapping[int, Collection[str]]) -> None:
    """Put tags on readers, by id, who do not have them yet."""
    rows = [
        {"subscriber_id": subscriber_id, "name": name}
        for subscriber_id, names in tags.items()
        for name in sorted(names)
    ]
    if rows:
        connection.execute(insert(_table), rows)
