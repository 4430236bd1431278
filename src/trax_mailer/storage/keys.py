"""The key ring of a ledger: which keys belong to it, so that no other ring silently takes its place.

The secrets stay in the file; the ledger knows their fingerprints only.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from trax_mailer.errors import BadState
from trax_mailer.storage import schema
from trax_mailer.storage.engine import Ledger
from trax_mailer.tokens import KEYS_NAME, KeyRing

_ADVICE = (
    f"Restore {KEYS_NAME} from the newest backup, or copy it from the host that has it. "
    "With another ring, the links to leave in mails already sent would be dead."
)


def open_ring(ledger: Ledger) -> KeyRing:
    """The key ring in the ledger's state directory; with a first key where the ledger never knew one.

    Its keys are noted in the ledger. Raises BadState where the file is missing, is damaged, or is not
    the ring that this ledger has worked with.
    """
    with ledger.read() as connection:
        noted = _noted(connection)
    if noted:
        ring = _open_known(ledger, noted)
        if ring.fingerprints == noted:
            return ring
    # Alone: of two hosts that start at once with an empty database, one makes the first key.
    with ledger.write() as connection:
        noted = _noted(connection)
        ring = _open_known(ledger, noted) if noted else KeyRing.open(ledger.state)
        new = ring.fingerprints.keys() - noted.keys()
        now = ledger.clock(connection)
        for key_id in sorted(new):
            fingerprint = ring.fingerprints[key_id]
            values = {"id": key_id, "fingerprint": fingerprint, "noted_at": now}
            connection.execute(insert(schema.key).values(values))
    return ring


def _noted(connection: Connection) -> dict[int, str]:
    rows = connection.execute(select(schema.key.c.id, schema.key.c.fingerprint))
    return {row.id: row.fingerprint for row in rows}


def _open_known(ledger: Ledger, noted: dict[int, str]) -> KeyRing:
    file = ledger.state / KEYS_NAME
    if not file.exists():
        raise BadState(f"The key ring of this ledger, {file}, is missing.", advice=_ADVICE)
    ring = KeyRing.open(ledger.state)
    found = ring.fingerprints
    if any(key_id in found and found[key_id] != mark for key_id, mark in noted.items()):
        raise BadState(f"{file} is not the key ring of this ledger.", advice=_ADVICE)
    if missing := sorted(noted.keys() - found.keys()):
        raise BadState(
            f"{file} is older than this ledger: it lacks key {', '.join(map(str, missing))}.", advice=_ADVICE
        )
    return ring
