"""The further fields and the tags that readers have, for comparing them with what a segment asks for."""

from __future__ import annotations

from sqlalchemy import Connection, select

from trax_mailer.model.segments.folding import field_name, fold
from trax_mailer.storage import schema
from trax_mailer.storage.segment_rules import each_field, has_field
from trax_mailer.storage.tags import count_tags

_SEVERAL = 200


def is_field(connection: Connection, name: str) -> bool:
    """Whether anything stands in any reader's field of that folded name."""
    return (
        connection.execute(select(schema.subscriber.c.id).where(has_field(name)).limit(1)).first() is not None
    )


def is_any_tag(connection: Connection, name: str) -> bool:
    """Whether any reader has that folded tag."""
    return any(fold(one) == name for one in count_tags(connection))


def field_names(connection: Connection) -> list[str]:
    """The folded names of further fields, sorted; reads every reader."""
    field = each_field(schema.subscriber.c.fields)
    rows = connection.scalars(
        select(field.c.key)
        .select_from(schema.subscriber)
        .join(field, field.c.value != "")
        .distinct()
        .limit(_SEVERAL)
    )
    return sorted({field_name(one) for one in rows})


def tag_names(connection: Connection) -> list[str]:
    """Every tag, folded and sorted."""
    return sorted({fold(one) for one in count_tags(connection)})
