"""Moving the ledger of a workspace to another database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from trax_mailer.errors import Conflict, Refused
from trax_mailer.settings import DatabaseSettings
from trax_mailer.settings.database import named_database
from trax_mailer.storage import Ledger, open_ledger, open_ring
from trax_mailer.storage.contents import high_water, holds_anything, lock_out_writers
from trax_mailer.storage.copying import copy_rows
from trax_mailer.storage.journal import add_entry
from trax_mailer.workflows.busy import refuse_busy, refuse_unpaused
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.subscribers import who
from trax_mailer.workflows.wiring import Workspace

SQLITE = "sqlite"
"""The word for the file in the state directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied: rows by table; `database` is what trax.yaml has to say now, empty for nothing."""

    counts: Mapping[str, int]
    database: str


def copy_ledger(
    workspace: Workspace,
    to: str,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Copied:
    """Copy the ledger into the database `to`, an address of PostgreSQL or `sqlite`; all of it or nothing.

    The present ledger stays as it is. Raises Refused where the two are the same, Conflict where the target
    holds anything, where a mailing is sending, or where anything was written meanwhile.
    """
    settings = workspace.settings
    target = DatabaseSettings() if to == SQLITE else named_database(to)
    if target.url == settings.database.url:
        raise Refused("The ledger is in that database already.", advice="Name the one it is to go to.")
    with ExitStack() as stack:
        source = stack.enter_context(open_ledger(settings.state, settings.database))
        open_ring(source)
        made = stack.enter_context(open_ledger(settings.state, target))
        writing = stack.enter_context(made.write())
        lock_out_writers(writing)
        if holds_anything(writing):
            raise Conflict(
                "The database that the ledger is to go to holds readers or mailings already.",
                advice="Name an empty one; or, for the file in the state directory, move ledger.db away.",
            )
        with source.read() as reading:
            refuse_unpaused(reading)
            refuse_busy(source, reading)
            before = high_water(reading)
            counts = copy_rows(reading, writing, progress=progress)
        words = f"from {_place(source)} to {_place(made)}, by {who()}"
        add_entry(writing, mailing_id=None, act="copied", words=words, now=ledger_now(source))
        with source.read() as reading:
            refuse_busy(source, reading)
            if high_water(reading) != before:
                raise Conflict(
                    "The ledger was written to while it was being copied. Nothing was kept of the copy.",
                    advice="Stop trax serve, trax worker and imports, then copy it again.",
                )
    return Copied(counts=counts, database=target.url)


def _place(ledger: Ledger) -> str:
    return "SQLite" if ledger.kind == SQLITE else "PostgreSQL"
