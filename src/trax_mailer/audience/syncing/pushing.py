"""Telling the provider what we know and it does not: suppressions, and who left a list with a group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice

from trax_mailer.audience.syncing.mirror import Mirror
from trax_mailer.audience.syncing.rules import TOLD
from trax_mailer.model.provider_list import ProviderList, group_name
from trax_mailer.providers.sendgrid.suppressions import PAGE, SuppressionApi
from trax_mailer.storage import Ledger
from trax_mailer.storage.moves import FORMER
from trax_mailer.storage.subscribers import leavers_after
from trax_mailer.storage.suppressions import suppressions_after

_KNOWN_THERE = (ProviderList.GLOBAL.value, ProviderList.SPAM_REPORTS.value)
"""Whoever was ever on one of these, the provider knows of."""


class Pusher:
    """Tells in chunks and counts. Without `tells` it only counts."""

    def __init__(self, ledger: Ledger, api: SuppressionApi, mirror: Mirror, *, tells: bool) -> None:
        self._ledger = ledger
        self._api = api
        self._mirror = mirror
        self._tells = tells

    def push_suppressions(self, progress: Callable[[str, int], None]) -> Counter[str]:
        """Put our suppressions onto the global unsubscribes, but for those it knows or has lifted.

        A reader's former address stays ours alone: its owner left nothing, and may take it up again.
        """

        def after(address: str) -> list[tuple[str, bool]]:
            with self._ledger.read() as connection:
                rows = suppressions_after(connection, address, reasons=TOLD, limit=PAGE)
            return [(row.email, not row.source.startswith(FORMER)) for row in rows]

        where = ProviderList.GLOBAL
        return self._push(self._unknown(after, _KNOWN_THERE), where, name=where.value, progress=progress)

    def push_leavers(
        self, lists: Mapping[int, int], progress: Callable[[str, int], None]
    ) -> tuple[Counter[str], str]:
        """Put who left a list onto the group that stands for it. `lists` maps groups to lists.

        Whoever it does not mail at all needs no group.
        Raises nothing for a group that is not there: says so, since SendGrid would take its addresses onto
        the global list.
        """
        counts: Counter[str] = Counter()
        there = self._api.groups() if lists else set()
        for group, list_id in lists.items():
            if group not in there:
                continue

            def after(address: str, of_list: int = list_id) -> list[tuple[str, bool]]:
                with self._ledger.read() as connection:
                    return [(one, True) for one in leavers_after(connection, of_list, address, limit=PAGE)]

            name = group_name(group)
            unknown = self._unknown(after, (name, *_KNOWN_THERE))
            counts += self._push(unknown, ProviderList.GROUPS, name=name, group=group, progress=progress)
        missing = ", ".join(str(group) for group in lists if group not in there)
        words = f"SendGrid has no unsubscribe group {missing}: nobody was put onto it." if missing else ""
        return counts, words

    def _unknown(
        self, after: Callable[[str], list[tuple[str, bool]]], names: Collection[str]
    ) -> Iterator[str]:
        """The addresses that are to be told. `after` gives the next ones, and whether each may be."""
        last = ""
        while rows := after(last):
            last = rows[-1][0]
            yield from self._mirror.unknown(names, [one for one, may_be in rows if may_be])

    def _push(
        self,
        addresses: Iterator[str],
        which: ProviderList,
        *,
        name: str,
        group: int | None = None,
        progress: Callable[[str, int], None],
    ) -> Counter[str]:
        counts: Counter[str] = Counter()
        while chunk := list(islice(addresses, PAGE)):
            taken: Collection[str] = chunk
            if self._tells:
                added = self._api.add(chunk, group=group)
                taken = added.taken
                counts["refused"] += len(added.refused)
            self._mirror.tell(which, name, taken)
            counts["pushed"] += len(taken)
            progress(f"to the {which.words}", counts["pushed"])
        return counts
