"""One connection of the ledger, kept for long, on which things are prepared before they are written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from trax_mailer.storage.backends.base import ALONE


class Desk:
    """Its temporary tables last from one transaction to the next, and nobody else sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def on_server(self) -> bool:
        """Whether the ledger is in PostgreSQL."""
        return self._connection.dialect.name == "postgresql"

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """A transaction that reads the ledger and writes temporary tables only. Keeps nobody waiting."""
        with self._begin(alone=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes to the ledger, alone: keep it short."""
        with self._begin(alone=True) as connection:
            yield connection

    @contextmanager
    def _begin(self, *, alone: bool) -> Iterator[Connection]:
        connection = self._connection.execution_options(**{ALONE: alone})
        with connection.begin():
            yield connection
