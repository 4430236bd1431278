"""A mirror for a dry run: the ledger is only read, and what is met is remembered beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from trax_mailer.audience.syncing.mirror import PROVIDER, count_new
from trax_mailer.audience.syncing.recognising import Known
from trax_mailer.model.provider_list import NEVER, ProviderList
from trax_mailer.storage import Ledger
from trax_mailer.storage.provider_lists import entries_after, entries_among, readings

_ROWS = 1000


class Tried:
    """Remembers in a scratch database that ends with it. An unnamed SQLite database spills into a file."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._scratch = sqlite3.connect("", isolation_level=None)
        self._scratch.execute("PRAGMA cache_size = -16000")
        self._scratch.execute(
            "CREATE TABLE met (list TEXT, address TEXT, PRIMARY KEY (list, address)) WITHOUT ROWID"
        )
        self._scratch.execute("BEGIN")
        with ledger.read() as connection:
            self._readings = readings(connection, PROVIDER)

    def transaction(self) -> AbstractContextManager[Connection]:
        """One that cannot write."""
        return self._ledger.read()

    def begin(self, which: ProviderList) -> int:  # noqa: ARG002
        """Always from the start."""
        return 0

    def meet(self, connection: Connection, which: ProviderList, entries: Sequence[Known]) -> int:
        """Remember them; one that was met on an earlier page is not new again."""
        fresh = [one for one in entries if not self._met(one.name, one.address)]
        known = self._readings.get(which)
        new = count_new(connection, fresh, whole=known.whole if known else NEVER)
        self._remember((one.name, one.address) for one in fresh)
        return new

    def advance(self, connection: Connection, which: ProviderList, offset: int) -> None:
        """Nothing to keep."""

    def finish(self, which: ProviderList) -> int:
        """Compare what the ledger knows with what was met."""
        gone, after = 0, ("", "")
        while True:
            with self._ledger.read() as connection:
                rows = entries_after(connection, PROVIDER, after, only=which, gone=False, limit=_ROWS)
            gone += sum(1 for row in rows if not self._met(row.list, row.address))
            if len(rows) < _ROWS:
                return gone
            after = (rows[-1].list, rows[-1].address)

    def unknown(self, names: Collection[str], addresses: Sequence[str]) -> list[str]:
        """Neither in the ledger nor met in this run."""
        with self._ledger.read() as connection:
            known = entries_among(connection, PROVIDER, addresses)
        return [
            one
            for one in addresses
            if not any((name, one) in known or self._met(name, one) for name in names)
        ]

    def tell(self, which: ProviderList, name: str, addresses: Collection[str]) -> None:  # noqa: ARG002
        """As if the provider had taken them."""
        self._remember((name, one) for one in addresses)

    def _met(self, name: str, address: str) -> bool:
        query = "SELECT 1 FROM met WHERE list = ? AND address = ?"
        return self._scratch.execute(query, (name, address)).fetchone() is not None

    def _remember(self, rows: object) -> None:
        self._scratch.executemany("INSERT OR IGNORE INTO met VALUES (?, ?)", rows)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.close()
