"""Readers who came back by their own act, and whom the provider's unsubscribe lists still keep out.

They are taken off there: off nobody else's list than those that readers get onto by leaving. Bounces, blocks,
invalid addresses and spam reports stay as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from trax_mailer.audience.syncing.applying import came_back
from trax_mailer.audience.syncing.mirror import PROVIDER
from trax_mailer.audience.syncing.recognising import Known
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.provider_list import ProviderList, shown_name
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.provider_lists import forget_entry
from trax_mailer.storage.subscribers import subscribers_among
from trax_mailer.storage.subscriptions import standings_among, standings_anywhere
from trax_mailer.storage.suppressions import suppressed_among


class Returned:
    """Takes note of them while lists are read, and takes them off afterwards. Without `clears` only counts.

    `groups` gives the list that an unsubscribe group stands for; other groups are left alone.
    """

    def __init__(self, groups: Mapping[int, int], *, by: str, now: dt.datetime, clears: bool) -> None:
        self._groups = groups
        self._by = by
        self._now = now
        self._clears = clears
        self._noted: dict[ProviderList, list[Known]] = {ProviderList.GLOBAL: [], ProviderList.GROUPS: []}

    def note(self, connection: Connection, which: ProviderList, entries: Sequence[Known]) -> None:
        """Keep in mind whoever of these confirmed a subscription after they got onto the list."""
        if which in self._noted:
            self._noted[which] += self._returned(connection, entries)

    def clear(self, which: ProviderList, ledger: Ledger, api: SuppressionApi) -> int:
        """Take them off the list there, unless they left again by now; how many."""
        count = 0
        for one in self._noted[which]:
            if self._clears:
                with ledger.read() as connection:
                    if not self._returned(connection, [one]):
                        continue
                api.remove(which, one.address, group=one.group or None)
                self._keep(ledger, one)
            count += 1
        return count

    def _returned(self, connection: Connection, entries: Sequence[Known]) -> list[Known]:
        readers = subscribers_among(connection, [one.address for one in entries])
        suppressed = suppressed_among(connection, list(readers))
        by_name: dict[str, dict[int, Known]] = {}
        for one in entries:
            reader = readers.get(one.address)
            if reader is not None and reader.id is not None and one.address not in suppressed:
                by_name.setdefault(one.name, {})[reader.id] = one
        found = []
        for name, by_id in by_name.items():
            if name == ProviderList.GLOBAL:
                standings = standings_anywhere(connection, list(by_id))
            else:
                list_id = self._groups.get(next(iter(by_id.values())).group, 0)
                standings = {list_id: list(standings_among(connection, list_id, list(by_id)).values())}
            back = {reader_id for _list, reader_id in came_back(connection, standings, by_id)}
            found += [by_id[reader_id] for reader_id in sorted(back)]
        return found

    def _keep(self, ledger: Ledger, one: Known) -> None:
        with ledger.write() as connection:
            reader = subscribers_among(connection, [one.address]).get(one.address)
            forget_entry(connection, PROVIDER, one.name, one.address)
            act = Act(
                kind=ActKind.PROVIDER,
                at=self._now,
                by=self._by,
                source="sendgrid",
                words=f"taken off its {shown_name(one.name)}: they confirmed since",
                subscriber_id=reader.id if reader else None,
            )
            add_act(connection, act)
