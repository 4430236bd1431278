"""Erasing a reader: nothing is left that tells who they were, and no list of anybody's brings them back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from trax_mailer.model.act import Act
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.blanking import ERASED, blank_reader
from trax_mailer.storage.erasures import Erasure, add_erasure, erasure_keys, hashes_among, remove_erasures
from trax_mailer.storage.moves import former_addresses
from trax_mailer.storage.subscribers import stored_reader
from trax_mailer.tokens import KeyRing
from trax_mailer.tokens.erased import hash_of_erased


def erase_reader(ledger: Ledger, ring: KeyRing, subscriber_id: int, *, act: Act) -> bool:
    """Erase whoever has that id. False, and nothing changes, where nobody has it or they are erased.

    What stays is a row without a name, for the proof of past mailings, and a keyed hash of the address,
    for `erased_among`. Deliveries that wait for them are skipped when they are claimed. `act` is kept with
    its words: they must not name the reader.
    """
    with ledger.write() as connection:
        return erase_in(connection, ring, subscriber_id, act=act)


def erase_in(connection: Connection, ring: KeyRing, subscriber_id: int, *, act: Act) -> bool:
    """Like `erase_reader`, within a transaction of the caller's."""
    stored = stored_reader(connection, subscriber_id)
    if stored is None or stored.address.startswith(ERASED):
        return False
    addresses = {stored.address, *former_addresses(connection, subscriber_id)}
    blank_reader(connection, subscriber_id, addresses={*addresses, stored.reader.email})
    for address in sorted(addresses):
        remember_erased(connection, ring, address, act=act)
    add_act(connection, replace(act, subscriber_id=subscriber_id))
    return True


def remember_erased(connection: Connection, ring: KeyRing, address: str, *, act: Act) -> None:
    """Keep the address of that normalised form away from every list from now on, by its hash alone."""
    if not erased_among(connection, ring, [address]):
        key = ring.current
        erasure = Erasure(hash=hash_of_erased(key, address), key_id=key.id, at=act.at)
        add_erasure(connection, erasure)


def erased_among(connection: Connection, ring: KeyRing, keys: Iterable[str]) -> set[str]:
    """Which of these normalised addresses (`Address.key`) are those of erased people.

    Nobody brings them back but they themselves: see `forget_erasure`.
    """
    used = erasure_keys(connection)
    if not used:
        return set()
    by_hash = {hashed: key for key in keys for hashed in _hashes(ring, used, key)}
    return {by_hash[hashed] for hashed in hashes_among(connection, list(by_hash))}


def forget_erasure(connection: Connection, ring: KeyRing, key: str) -> bool:
    """Let that address be taken in again. Only ever for a confirmation by the reader's own act.

    False where it is not the address of an erased person.
    """
    return remove_erasures(connection, _hashes(ring, erasure_keys(connection), key))


def _hashes(ring: KeyRing, key_ids: Iterable[int], address: str) -> list[str]:
    """The hashes that the address has with each of those keys; a key that the ring lacks gives none."""
    return [hash_of_erased(key, address) for key_id in key_ids if (key := ring.find(key_id)) is not None]
