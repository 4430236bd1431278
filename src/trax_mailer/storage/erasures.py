"""Erasures: the hashes of erased people's addresses. The rule that uses them is in `audience.erasing`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from trax_mailer.storage import schema

_table = schema.erasure
_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One erased address: its hash, the id of the key that it was made with, and when it was erased."""

    hash: str
    key_id: int
    at: dt.datetime


def add_erasure(connection: Connection, erasure: Erasure) -> bool:
    """Keep it. False where that hash is known, which stays as it was."""
    if connection.scalar(select(_table.c.hash).where(_table.c.hash == erasure.hash)) is not None:
        return False
    values = {"hash": erasure.hash, "key_id": erasure.key_id, "at": erasure.at}
    connection.execute(insert(_table).values(values))
    return True


def erasure_keys(connection: Connection) -> list[int]:
    """The ids of the keys with which any of the hashes was made."""
    return list(connection.scalars(select(_table.c.key_id).distinct().order_by(_table.c.key_id)))


def hashes_among(connection: Connection, hashes: Sequence[str]) -> set[str]:
    """Which of these are hashes of erased addresses, whatever how many they are."""
    found: set[str] = set()
    for start in range(0, len(hashes), _CHUNK):
        part = hashes[start : start + _CHUNK]
        found.update(connection.scalars(select(_table.c.hash).where(_table.c.hash.in_(part))))
    return found


def remove_erasures(connection: Connection, hashes: Sequence[str]) -> bool:
    """Forget these hashes. False where none of them was known."""
    return bool(connection.execute(delete(_table).where(_table.c.hash.in_(hashes))).rowcount)


def all_erasures(connection: Connection) -> Iterator[list[Erasure]]:
    """Every erasure, some hundred at a time."""
    query = select(_table).order_by(_table.c.hash).limit(_CHUNK)
    after = ""
    while rows := connection.execute(query.where(_table.c.hash > after)).all():
        after = rows[-1].hash
        yield [Erasure(hash=row.hash, key_id=row.key_id, at=row.at) for row in rows]
