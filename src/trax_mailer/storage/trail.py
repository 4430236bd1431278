"""The trail: acts one by one, with the list and the reader that they were about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, union_all

from trax_mailer.storage import schema

_act, _present, _past = schema.act, schema.subscription, schema.past_subscription


def acts_with_names(
    connection: Connection, *, about: int | None, before: int | None, limit: int
) -> list[Row[Any]]:
    """The last acts, the newest first: their columns, the reader's `email` and the list's `list_name`.

    `about` is a reader's id; with `before`, those of a lower id. Those about a reader are the acts about
    them alone and those that brought them to where they stand or stood, such as imports.
    """
    query = (
        select(_act, schema.subscriber.c.email, schema.mailing_list.c.name.label("list_name"))
        .outerjoin(schema.subscriber, schema.subscriber.c.id == _act.c.subscriber_id)
        .outerjoin(schema.mailing_list, schema.mailing_list.c.id == _act.c.list_id)
        .order_by(_act.c.id.desc())
        .limit(limit)
    )
    if about is not None:
        causes = union_all(
            select(_act.c.id).where(_act.c.subscriber_id == about),
            select(_present.c.act_id).where(_present.c.subscriber_id == about),
            select(_past.c.act_id).where(_past.c.subscriber_id == about),
        )
        query = query.where(_act.c.id.in_(causes))
    if before is not None:
        query = query.where(_act.c.id < before)
    return list(connection.execute(query))


def states_brought(
    connection: Connection, act_ids: Sequence[int], subscriber_ids: Sequence[int]
) -> dict[tuple[int, int], str]:
    """To which state an act brought a reader, by the ids of the act and of the reader."""
    found: dict[tuple[int, int], str] = {}
    for table in (_past, _present):
        query = select(table.c.act_id, table.c.subscriber_id, table.c.state)
        rows = connection.execute(
            query.where(table.c.subscriber_id.in_(subscriber_ids), table.c.act_id.in_(act_ids))
        )
        found.update({(row.act_id, row.subscriber_id): row.state.value for row in rows})
    return found
