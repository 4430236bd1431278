"""Procrastinate's own tables, beside the ledger's: made and migrated by whichever worker comes first.

They hold nothing that counts: jobs only say which lane should be driven, and are made anew from the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager

from trax_mailer.errors import BadState
from trax_mailer.storage.backends.postgres.connecting import Address
from trax_mailer.storage.backends.postgres.words import in_words

CONNECTIONS = 3
_TABLE = "procrastinate_jobs"
_LOCK = 0x7472_6178_6A6F_6273
"""A number that nothing else in this database uses as an advisory lock: the letters “traxjobs”."""
_SECONDS = 10.0
_TROUBLE = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ForeignKeyViolation)
"""The last one is met by a worker that others took for dead, so that its row is gone."""


class JobConnector(PsycopgConnector):
    """Procrastinate's connections; `on_trouble` is called where one is lost or cannot be had."""

    def __init__(self, address: Address, *, name: str, on_trouble: Callable[[], None]) -> None:
        parameters: dict[str, Any] = {}
        address.fill_in(None, None, (), parameters)
        super().__init__(
            kwargs=parameters | {"application_name": f"trax worker {name}"[:63]},
            min_size=1,
            max_size=CONNECTIONS,
            timeout=_SECONDS,
        )
        self._on_trouble = on_trouble

    async def execute_query_async(self, query: LiteralString, **arguments: object) -> None:
        """As in Procrastinate."""
        with self._noticing():
            await super().execute_query_async(query, **arguments)

    async def execute_query_one_async(self, query: LiteralString, **arguments: object) -> dict[str, Any]:
        """As in Procrastinate."""
        with self._noticing():
            row: dict[str, Any] = await super().execute_query_one_async(query, **arguments)
            return row

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: object
    ) -> list[dict[str, Any]]:
        """As in Procrastinate."""
        with self._noticing():
            rows: list[dict[str, Any]] = await super().execute_query_all_async(query, **arguments)
            return rows

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except ConnectorException as error:
            if isinstance(error.__cause__, _TROUBLE):
                self._on_trouble()
            raise


def bring_jobs_up_to_date(address: Address) -> None:
    """Make the tables, or apply the migrations that this version of Procrastinate adds to them.

    One process at a time; the others wait. Raises Away where the database does not answer, BadState where
    its role may not make tables or a newer version wrote them.
    """
    with in_words(address), address.connect("trax worker") as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        _migrate(connection)


def _migrate(connection: psycopg.Connection[Any]) -> None:
    migrations = _migrations()
    newest, standing = migrations[-1].stem, _standing(connection)
    if standing is None:
        _run(connection, SchemaManager.get_schema())
    elif standing > newest:
        raise BadState(
            "The workers' tables were written by a newer version of this program.",
            advice="Bring trax on this host to the version of the other hosts.",
        )
    else:
        for migration in migrations:
            if migration.stem > standing:
                _run(connection, migration.read_text(encoding="utf-8"))
    if standing != newest:
        _run(connection, f"COMMENT ON TABLE {_TABLE} IS '{newest}'")


def _standing(connection: psycopg.Connection[Any]) -> str | None:
    """The last migration that was applied; None where there are no tables."""
    row = connection.execute(
        "SELECT to_regclass(%s), obj_description(to_regclass(%s), 'pg_class')", (_TABLE, _TABLE)
    ).fetchone()
    return None if row is None or row[0] is None else row[1] or ""


def _migrations() -> list[Path]:
    """The migrations that come with Procrastinate, the newest last: `<version>_<number>_<name>.sql`."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _run(connection: psycopg.Connection[Any], statements: str) -> None:
    # The statements are Procrastinate's own, and hold no parameters.
    connection.execute(statements)
