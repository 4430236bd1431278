"""The journal: who or what changed a mailing, or the ledger as a whole, when and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from trax_mailer.storage import schema

_table = schema.journal


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One line. `act` is one word, such as `paused`; `words` say why, and hold no secret."""

    at: dt.datetime
    act: str
    words: str


def add_entry(
    connection: Connection, *, mailing_id: int | None, act: str, words: str, now: dt.datetime
) -> None:
    """Write a line about a mailing, or about the whole ledger where `mailing_id` is None."""
    connection.execute(insert(_table).values(mailing_id=mailing_id, at=now, act=act, words=words))


def entries(connection: Connection, mailing_id: int | None) -> list[JournalEntry]:
    """The lines about that mailing, or about the ledger, the oldest first."""
    about = _table.c.mailing_id.is_(None) if mailing_id is None else _table.c.mailing_id == mailing_id
    rows = connection.execute(select(_table).where(about).order_by(_table.c.id))
    return [JournalEntry(at=row.at, act=row.act, words=row.words) for row in rows]
