"""Counters: numbers that are only ever added to."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from trax_mailer.storage import schema

DROPPED_VISITS = "visits dropped"
"""Visits that a full queue did not take; their readers were passed on all the same."""

_table = schema.counter


def add_to(connection: Connection, name: str, amount: int) -> None:
    """Add to the counter of that name, which begins at 0."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(_table).values(name=name, value=amount)
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["name"], set_={"value": _table.c.value + adding.excluded.value}
        )
    )


def value_of(connection: Connection, name: str) -> int:
    """What the counter of that name has come to."""
    return int(connection.scalar(select(_table.c.value).where(_table.c.name == name)) or 0)


def note_value(connection: Connection, name: str, value: int) -> None:
    """The number of that name has come to so much."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    noting = dialect.insert(_table).values(name=name, value=value)
    connection.execute(
        noting.on_conflict_do_update(index_elements=["name"], set_={"value": noting.excluded.value})
    )


def forget(connection: Connection, name: str) -> None:
    """There is no number of that name any more."""
    connection.execute(delete(_table).where(_table.c.name == name))
