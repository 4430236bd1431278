"""Targets: where every link of every mailing leads, in memory, and never older than a second."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from trax_mailer.storage import Ledger
from trax_mailer.storage.link_tables import (
    LinkTable,
    last_retarget,
    link_table,
    newest_mailings,
    retargeted_since,
)

_KEPT = 500
"""Tables of so many mailings are held; an older one is read again when somebody comes."""
_AHEAD = 20


@dataclass(frozen=True, slots=True)
class Passage:
    """Where the links of a mailing lead, and where the mail itself is shown, for a Location header."""

    table: LinkTable
    locations: dict[int, bytes]
    view: bytes
    """The path below the public server's address."""
    answers: dict[int, Any] = field(default_factory=dict)
    """Answers that a server has made of them, to be given again."""


class Targets:
    """The passages of the mailings of one ledger. Safe to share between threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._passages: OrderedDict[int, Passage] = OrderedDict()
        self._change = 0
        self._newest = 0

    def find(self, mailing_id: int) -> Passage | None:
        """What is known of the mailing at this moment, without asking the ledger."""
        return self._passages.get(mailing_id)

    def load(self, mailing_id: int) -> Passage | None:
        """What the ledger knows of the mailing; None where there is no such mailing."""
        with self._ledger.read() as connection:
            table = link_table(connection, mailing_id)
        return self._hold(table) if table is not None else None

    def table(self, mailing_id: int) -> LinkTable | None:
        """The links of the mailing, from memory or from the ledger."""
        passage = self.find(mailing_id) or self.load(mailing_id)
        return passage.table if passage else None

    def refresh(self) -> None:
        """Take in links that were changed, and mailings that were made, since the last time."""
        with self._ledger.read() as connection:
            change = last_retarget(connection)
            stale = retargeted_since(connection, self._change) if change != self._change else set()
            new = newest_mailings(connection, after=self._newest, limit=_AHEAD)
            wanted = (stale & self._passages.keys()) | set(new)
            tables = [link_table(connection, mailing_id) for mailing_id in sorted(wanted)]
        for table in tables:
            if table is not None:
                self._hold(table)
        self._change, self._newest = change, max([self._newest, *new])

    def _hold(self, table: LinkTable) -> Passage:
        numbers = [*table.links]
        locations = {number: header_value(table.target(number) or "") for number in numbers}
        passage = Passage(table, locations, view=f"/v/{table.edition_hash}".encode())
        with self._lock:
            self._passages[table.mailing_id] = passage
            self._passages.move_to_end(table.mailing_id)
            while len(self._passages) > _KEPT:
                self._passages.popitem(last=False)
        return passage


def header_value(target: str) -> bytes:
    """The target for a Location header, byte for byte where it is printable ASCII.

    Everything else travels percent-encoded, as UTF-8 (RFC 3986 §2.1): no line break can end the header.
    """
    octets = target.encode("utf-8", "surrogatepass")
    return b"".join(b"%c" % one if 0x20 < one < 0x7F else b"%%%02X" % one for one in octets)
