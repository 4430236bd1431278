"""After a restore: who was erased since is erased again, who moved is at the new address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import Connection

from trax_mailer.audience.erasing import erase_in, erased_among, forget_erasure
from trax_mailer.model.act import Act, ActKind
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.blanking import ERASED
from trax_mailer.storage.erasures import add_erasure, all_erasures
from trax_mailer.storage.moves import MOVED, moved_readers, put_address
from trax_mailer.storage.restored_people import (
    Identity,
    erased_readers,
    every_reader,
    identities_among,
)
from trax_mailer.storage.subscribers import subscribers_among
from trax_mailer.tokens import KeyRing

_KIND = ActKind.RESTORE
_AT_ONCE = 500


def keep_moved(old: Connection, restored: Connection, *, now: dt.datetime) -> int:
    """Give the readers of the restored ledger the addresses that they have in the `old` one. How many.

    Called before anything is compared by address.
    """
    waiting = [pair for part in _moved(old, restored) for pair in part]
    moved = 0
    while waiting:
        # One may take an address that another leaves: again, until nothing changes any more.
        taken = subscribers_among(restored, [wanted.address for wanted in waiting[:_AT_ONCE]])
        free = [wanted for wanted in waiting[:_AT_ONCE] if wanted.address not in taken]
        if not free:
            return moved
        for wanted in free:
            put_address(restored, wanted.id, address=wanted.address, email=wanted.email)
            add_act(restored, Act(kind=_KIND, at=now, subscriber_id=wanted.id, details={MOVED: True}))
        moved += len(free)
        waiting = [wanted for wanted in waiting if wanted not in free]
    return moved


def keep_erased(old: Connection, restored: Connection, *, ring: KeyRing, now: dt.datetime) -> int:
    """Erase in the restored ledger whoever was erased in the `old` one, and keep their hashes. How many.

    Somebody who was erased and came back by their own act is erased, too, and may come in again.
    """
    act = Act(kind=_KIND, at=now, words="erased in the ledger that was replaced")
    news = [add_erasure(restored, one) for part in all_erasures(old) for one in part]
    count = sum(
        _erase_again(old, restored, one, ring=ring, act=act)
        for part in erased_readers(old)
        for one in _same(restored, part)
    )
    if any(news):
        for part in every_reader(restored):
            gone = erased_among(old, ring, [one.address for one in part])
            count += sum(erase_in(restored, ring, one.id, act=act) for one in part if one.address in gone)
    return count


def _moved(old: Connection, restored: Connection) -> Iterator[list[Identity]]:
    """The readers as they are in the old ledger whose address is another one in the restored ledger."""
    ids = moved_readers(old)
    for start in range(0, len(ids), _AT_ONCE):
        there = identities_among(old, ids[start : start + _AT_ONCE])
        here = identities_among(restored, list(there))
        yield [
            one
            for one in there.values()
            if one.id in here
            and one.is_same(here[one.id])
            and one.email != here[one.id].email
            and not one.address.startswith(ERASED)
            and not here[one.id].address.startswith(ERASED)
        ]


def _same(restored: Connection, part: list[Identity]) -> list[Identity]:
    """Those of them, as they are in the restored ledger, who are not erased there."""
    here = identities_among(restored, [one.id for one in part])
    return [
        here[one.id]
        for one in part
        if one.id in here and one.is_same(here[one.id]) and not here[one.id].address.startswith(ERASED)
    ]


def _erase_again(old: Connection, restored: Connection, one: Identity, *, ring: KeyRing, act: Act) -> bool:
    done = erase_in(restored, ring, one.id, act=act)
    if subscribers_among(old, [one.address]):
        forget_erasure(restored, ring, one.address)
    return done
