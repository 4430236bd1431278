"""Mailings as those need them who take in events: whose marks are ours, and what of them is counted how."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from trax_mailer.delivery import mark_of
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import Ledger
from trax_mailer.storage.link_tables import link_table
from trax_mailer.storage.mailings import load_mailing
from trax_mailer.workflows.tracking.targets import header_value

_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMailing:
    """What never changes about a mailing. `mark` ends its Message-IDs; `numbers` are its links by target.

    `pixel` says that its tracked copies carry our own picture.
    """

    id: int
    list_id: int
    mark: str
    language: str
    tracking: TrackingMode
    pixel: bool
    numbers: dict[str, int]


class KnownMailings:
    """Looks mailings up, each once. Safe to share between threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[int, KnownMailing] = {}
        self._lock = Lock()

    def among(self, mailing_ids: Collection[int]) -> dict[int, KnownMailing]:
        """Those of these ids that this ledger has."""
        missing = sorted(set(mailing_ids) - self._known.keys())
        if missing:
            with self._ledger.read() as connection:
                found = [one for each in missing if (one := _load(connection, each)) is not None]
            with self._lock:
                if len(self._known) + len(found) > _KEPT:
                    self._known = {}
                self._known = self._known | {one.id: one for one in found}
        known = self._known
        return {one: known[one] for one in mailing_ids if one in known}


def _load(connection: Connection, mailing_id: int) -> KnownMailing | None:
    mailing, table = load_mailing(connection, mailing_id), link_table(connection, mailing_id)
    if mailing is None or table is None:
        return None
    numbers: dict[str, int] = {}
    for number, link in sorted(table.links.items()):
        numbers.setdefault(link.target, number)
        numbers.setdefault(header_value(link.target).decode("ascii"), number)
    return KnownMailing(
        id=mailing_id,
        list_id=table.list_id,
        mark=mark_of(mailing.envelope),
        language=table.language,
        tracking=TrackingMode.NONE if mailing.simulated else mailing.tracking,
        pixel=mailing.envelope.pixel,
        numbers=numbers,
    )
