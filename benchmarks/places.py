"""Where a benchmark's ledger stands: a state directory with SQLite, or with PostgreSQL beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks import readers as made_up
from benchmarks.postgres import PostgresServer
from benchmarks.reporting import say
from trax_mailer.settings.types import DatabaseSettings
from trax_mailer.storage import Ledger, open_ledger

KINDS = ("sqlite", "postgresql")
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A ledger that nobody has open. `state` is its state directory; `server` is None for SQLite."""

    state: Path
    server: PostgresServer | None = None
    name: str = ""

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return "postgresql" if self.server else "sqlite"

    @property
    def database(self) -> DatabaseSettings:
        """What trax.yaml would say."""
        return self.server.settings(self.name) if self.server else DatabaseSettings()

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return self.state / "ledger.db"

    @property
    def url(self) -> str:
        """The address of the PostgreSQL database."""
        return self.database.url

    def open(self) -> Ledger:
        """The ledger, brought up to date."""
        return open_ledger(self.state, self.database)

    def fill(self, readers: int) -> None:
        """Subscribe so many made-up readers to the list `everyone`."""
        self.open().close()
        say(f"{self.kind}: writing {readers:,} readers …")
        if self.server:
            made_up.fill_database(self.url, readers=readers)
        else:
            made_up.fill_file(self.file, readers=readers)

    def settle(self) -> None:
        """Leave nothing to be done later that would be charged to whoever is measured next."""
        if self.server:
            self.execute("VACUUM (ANALYZE)", "CHECKPOINT")
        else:
            self.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            os.sync()

    @contextmanager
    def copy(self) -> Iterator[Place]:
        """A copy of it as it stands, to be written to; removed at the end."""
        name = f"{self.name or 'copy'}_{next(_numbers)}"
        other = Place(state=self.state.parent / name, server=self.server, name=name)
        shutil.copytree(self.state, other.state)
        if self.server:
            self.server.create(name, template=self.name)
        else:
            os.sync()
        try:
            yield other
        finally:
            other.remove()

    def remove(self) -> None:
        """Remove it with everything in it."""
        shutil.rmtree(self.state, ignore_errors=True)
        if self.server:
            self.server.drop(self.name)

    def size(self) -> int:
        """How many bytes the database takes on the disk."""
        if self.server:
            return int(str(self.execute("SELECT pg_database_size(current_database())")))
        return sum(file.stat().st_size for file in self.state.glob("ledger.db*"))

    def execute(self, *statements: str) -> object:
        """Run them with the bare driver; the first value of the last one's answer."""
        rows: list[tuple[object, ...]] = []
        if self.server:
            import psycopg

            with psycopg.connect(self.url, autocommit=True) as connection:
                for statement in statements:
                    cursor = connection.execute(statement)  # type: ignore[call-overload]
                    rows = cursor.fetchall() if cursor.description else []
        else:
            opened = sqlite3.connect(self.file, isolation_level=None, timeout=30)
            try:
                for statement in statements:
                    rows = opened.execute(statement).fetchall()
            finally:
                opened.close()
        return rows[0][0] if rows else None


@contextmanager
def places(*kinds: str) -> Iterator[list[Place]]:
    """An empty place of each kind, in a temporary folder that is removed at the end.

    Where PostgreSQL is not installed, its place is left out, and that is said.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trax-bench-")))
        found = []
        for kind in kinds or KINDS:
            if kind == "sqlite":
                found.append(Place(state=folder / "sqlite"))
                continue
            try:
                server = stack.enter_context(PostgresServer())
            except FileNotFoundError as error:
                say(f"Left out: {error}.")
                continue
            server.create("ledger")
            found.append(Place(state=folder / "postgresql", server=server, name="ledger"))
        yield found
