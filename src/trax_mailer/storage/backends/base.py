"""What a database must offer to hold a ledger."""

from __future__ import annotations

import datetime as dt
import json
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import ClassVar, Protocol

from sqlalchemy import Connection, Engine

BUSY_SECONDS = 30
"""So long a writer waits for another one."""


class LaneLock(Protocol):
    """A lane that is held."""

    def holds(self) -> bool:
        """Whether the lane is still held. Once it is not, whoever held it must end at once."""


class Backend(ABC):
    """One database, open. Safe to share between threads."""

    kind: ClassVar[str]

    reader: Engine
    """Its transactions see one moment and cannot write."""
    writer: Engine
    """Its transactions write; those of other writers may go on beside them where the database can do that."""
    lone_writer: Engine
    """Its transactions write, and exclude one another."""

    @abstractmethod
    def bring_up_to_date(self) -> None:
        """Migrate the tables where they are older than this program.

        Raises BadState for a database of something else, and for one that a newer version wrote.
        """

    @abstractmethod
    def in_words(self) -> AbstractContextManager[None]:
        """Turn what the database says about itself into Conflict, BadState or Away."""

    @abstractmethod
    def lane_lock(self, mailing_id: int, *, lane: int) -> AbstractContextManager[LaneLock]:
        """Hold the lane. Raises Conflict where another process or thread holds it."""

    @abstractmethod
    def lane_is_held(self, mailing_id: int, *, lane: int) -> bool:
        """Whether anybody holds the lane at this moment."""

    @abstractmethod
    def clock(self, connection: Connection) -> dt.datetime:
        """The time that all writers of this database agree on, in UTC."""

    def close(self) -> None:
        """Close the connections that no thread is using."""
        self.reader.dispose()


def as_json(value: object) -> str:
    """How JSON columns are written: short, and with letters left as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def lane_taken(mailing_id: int) -> str:
    """The words for a lane that another process holds."""
    return f"Another process is sending mailing {mailing_id} at this moment."


def lane_advice(mailing_id: int) -> str:
    """What to do then."""
    return f"Wait for it, and look at it with: trax status {mailing_id}"
