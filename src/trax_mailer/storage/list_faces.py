"""Lists as readers see them: a title, a description, and whether anybody may subscribe."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from trax_mailer.storage import schema

_table = schema.mailing_list


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFace:
    """One list. `title` is its name where it has no other."""

    id: int
    name: str
    title: str
    description: str
    public: bool


def list_faces(connection: Connection) -> dict[int, ListFace]:
    """Every list, by id, in the order of their names."""
    return {
        row.id: ListFace(
            id=row.id,
            name=row.name,
            title=row.title or row.name,
            description=row.description,
            public=row.public,
        )
        for row in connection.execute(select(_table).order_by(_table.c.name))
    }
