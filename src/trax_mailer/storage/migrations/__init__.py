"""The schema's history, run by Alembic: takes a connection, changes its tables, never touches readers' rows.

A new revision: a file in `versions/` (`r0002_what_it_does.py`), its id at the end of `KNOWN`.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every revision, oldest first: what this program can read without loading Alembic."""

NEWEST = KNOWN[-1]

FOLDER = Path(__file__).parent


def migrate(connection: Connection, *, to: str = NEWEST) -> None:
    """Run the migrations that are due, inside the connection's transaction."""
    # Loaded here only: most starts find the schema up to date and need no Alembic.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
