"""How a list is called and shown, and who may join it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from trax_mailer.storage import schema

_table = schema.mailing_list


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSettings:
    """One list. `title` and `description` are what readers see; `public` ones may be joined by anybody."""

    id: int
    name: str
    title: str
    description: str
    public: bool
    created_at: dt.datetime


def list_settings(connection: Connection, list_id: int) -> ListSettings | None:
    """The list of that id, or None."""
    row = connection.execute(select(_table).where(_table.c.id == list_id)).first()
    if row is None:
        return None
    return ListSettings(
        id=row.id,
        name=row.name,
        title=row.title,
        description=row.description,
        public=row.public,
        created_at=row.created_at,
    )


def change_list(connection: Connection, settings: ListSettings) -> None:
    """Store the list as it is given here. Its name must be free."""
    connection.execute(
        update(_table)
        .where(_table.c.id == settings.id)
        .values(
            name=settings.name,
            title=settings.title,
            description=settings.description,
            public=settings.public,
        )
    )
