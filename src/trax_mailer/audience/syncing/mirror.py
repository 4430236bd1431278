"""The provider's lists as the ledger keeps them: what was seen, what is new, and what is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Protocol

from sqlalchemy import Connection

from trax_mailer.audience.syncing.recognising import Known
from trax_mailer.model.provider_list import NEVER, TOLD_FROM_HERE, ProviderEntry, ProviderList, Reading
from trax_mailer.storage import Ledger
from trax_mailer.storage.provider_lists import (
    count_unseen,
    entries_among,
    note_entries,
    note_reading,
    readings,
)

PROVIDER = "sendgrid"
_GOES_ON_FOR = dt.timedelta(hours=6)
"""A reading that was broken off is gone on with for so long; then it begins anew."""

_CLOCKS_DIFFER = dt.timedelta(hours=1)


class Mirror(Protocol):
    """Takes what is met on the provider's lists. `transaction` is what its other parts work in."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """A connection that may do what this mirror does."""
        ...

    def begin(self, which: ProviderList) -> int:
        """Begin to read the list, or go on with it; the offset to read from."""
        ...

    def meet(self, connection: Connection, which: ProviderList, entries: Sequence[Known]) -> int:
        """These are on the list; how many are new."""
        ...

    def advance(self, connection: Connection, which: ProviderList, offset: int) -> None:
        """The list is read up to there."""
        ...

    def finish(self, which: ProviderList) -> int:
        """The list is read to its end; how many are gone from it that the reading before met."""
        ...

    def unknown(self, names: Collection[str], addresses: Sequence[str]) -> list[str]:
        """Those of the addresses that were never met on a list of one of these names."""
        ...

    def tell(self, which: ProviderList, name: str, addresses: Collection[str]) -> None:
        """The provider took these onto the list."""
        ...


class Kept:
    """The mirror in the ledger."""

    def __init__(self, ledger: Ledger, *, now: dt.datetime) -> None:
        self._ledger = ledger
        self._now = now
        with ledger.read() as connection:
            self._readings = readings(connection, PROVIDER)

    def transaction(self) -> AbstractContextManager[Connection]:
        """One that writes."""
        return self._ledger.write()

    def begin(self, which: ProviderList) -> int:
        """Go on with a reading that was broken off a short time ago, else begin one."""
        known = self._readings.get(which)
        if known and known.offset and self._now - _GOES_ON_FOR < known.begun <= self._now:
            return known.offset
        whole = known.whole if known else NEVER
        # Later than the one before, whatever the clock says: else all would seem to be gone.
        begun = max(self._now, whole + dt.timedelta(microseconds=1))
        with self._ledger.write() as connection:
            self._note(connection, which, Reading(whole=whole, begun=begun))
        return 0

    def meet(self, connection: Connection, which: ProviderList, entries: Sequence[Known]) -> int:
        """Keep the entries as seen in this reading."""
        reading = self._readings[which]
        new = count_new(connection, entries, whole=reading.whole)
        note_entries(
            connection,
            PROVIDER,
            [
                ProviderEntry(
                    list=one.name,
                    address=one.address,
                    since=one.since,
                    reason=one.reason,
                    seen_at=reading.begun,
                )
                for one in entries
            ],
        )
        return new

    def advance(self, connection: Connection, which: ProviderList, offset: int) -> None:
        """Keep how far it was read, so that it can be gone on with."""
        reading = self._readings[which]
        self._note(connection, which, Reading(whole=reading.whole, begun=reading.begun, offset=offset))

    def finish(self, which: ProviderList) -> int:
        """What the whole reading before met and this one did not is gone; its rows stay, and say so."""
        reading = self._readings[which]
        with self._ledger.write() as connection:
            gone = count_unseen(connection, PROVIDER, which, since=reading.whole, until=reading.begun)
            self._note(connection, which, Reading(whole=reading.begun, begun=reading.begun))
        return gone

    def unknown(self, names: Collection[str], addresses: Sequence[str]) -> list[str]:
        """Also what is gone from there was met once: whoever lifted it there is not contradicted."""
        with self._ledger.read() as connection:
            met = {
                address for name, address in entries_among(connection, PROVIDER, addresses) if name in names
            }
        return [one for one in addresses if one not in met]

    def tell(self, which: ProviderList, name: str, addresses: Collection[str]) -> None:
        """Keep them as seen: the provider just took them."""
        seen_at = self._readings[which].begun
        entries = [
            ProviderEntry(list=name, address=one, since=self._now, reason=TOLD_FROM_HERE, seen_at=seen_at)
            for one in addresses
        ]
        with self._ledger.write() as connection:
            note_entries(connection, PROVIDER, entries)

    def _note(self, connection: Connection, which: ProviderList, reading: Reading) -> None:
        note_reading(connection, PROVIDER, which.value, reading)
        self._readings[which.value] = reading


def told_apart(connection: Connection, entries: Sequence[Known]) -> tuple[list[Known], list[Known]]:
    """What the provider says of its own, and what it only repeats because we told it.

    An entry that was made there long after we told it is the reader's own act. An echo keeps our reason.
    """
    present = entries_among(connection, PROVIDER, [one.address for one in entries])
    theirs: list[Known] = []
    echoes: list[Known] = []
    for one in entries:
        known = present.get((one.name, one.address))
        if known is not None and known.told_from_here and one.since <= known.since + _CLOCKS_DIFFER:
            echoes.append(replace(one, since=known.since, reason=TOLD_FROM_HERE))
        else:
            theirs.append(one)
    return theirs, echoes


def count_new(connection: Connection, entries: Sequence[Known], *, whole: dt.datetime) -> int:
    """How many of the entries are on no list of their name, as far as the ledger knows."""
    present = entries_among(connection, PROVIDER, [one.address for one in entries])
    return sum(
        1
        for one in entries
        if (known := present.get((one.name, one.address))) is None or known.seen_at < whole
    )
