"""The whole sync: every list is read and applied, then the provider is told what it does not know."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from trax_mailer.audience.syncing.applying import Applier
from trax_mailer.audience.syncing.mirror import PROVIDER, Kept, Mirror
from trax_mailer.audience.syncing.pulling import Erased, Puller
from trax_mailer.audience.syncing.pushing import Pusher
from trax_mailer.audience.syncing.report import ListOutcome, SyncReport
from trax_mailer.audience.syncing.returning import Returned
from trax_mailer.audience.syncing.trial import Tried
from trax_mailer.errors import Conflict, Forbidden, Refused
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.provider_list import ProviderList
from trax_mailer.providers.sendgrid.suppressions import SuppressionApi
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.lists import list_ids

_NO_MAILING, _PLACE = 0, 1000
"""The lock of a sync is that of a lane of no mailing: gone with its holder, on both databases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How to sync: `groups` maps names of lists to unsubscribe groups, `by` is who asked for it."""

    groups: Mapping[str, int]
    by: str
    dry_run: bool = False


def sync_suppressions(
    ledger: Ledger,
    api: SuppressionApi,
    wanted: Wanted,
    *,
    erased: Erased,
    now: dt.datetime,
    progress: Callable[[str, int], None],
) -> SyncReport:
    """Bring both sides together. What one list does not allow is told, and the others go on.

    Raises Conflict where another process syncs, Refused for a group of an unknown list, and what the API
    raises: what was done until then is kept, and the next sync goes on from there.
    """
    lists = _lists(ledger, wanted.groups)
    with _alone(ledger), ExitStack() as held:
        mirror: Mirror = held.enter_context(Tried(ledger)) if wanted.dry_run else Kept(ledger, now=now)
        applier = Applier(lists, by=wanted.by, now=now, writes=not wanted.dry_run)
        returned = Returned(lists, by=wanted.by, now=now, clears=not wanted.dry_run)
        run = _Run(
            puller=Puller(api, mirror, applier, returned=returned, erased=erased, now=now),
            clear=lambda which: returned.clear(which, ledger, api),
            pusher=Pusher(ledger, api, mirror, tells=not wanted.dry_run),
            progress=progress,
        )
        run.pull()
        run.clear_returned()
        run.push(lists)
        outcomes = run.outcomes()
        if not wanted.dry_run:
            _note(ledger, outcomes, by=wanted.by, now=now)
    return SyncReport(outcomes=outcomes, dry_run=wanted.dry_run)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One sync under way: what each list came to so far, and what the key may not do."""

    puller: Puller
    clear: Callable[[ProviderList], int]
    pusher: Pusher
    progress: Callable[[str, int], None]
    counts: dict[ProviderList, Counter[str]] = field(default_factory=dict)
    troubles: dict[ProviderList, str] = field(default_factory=dict)

    def pull(self) -> None:
        """Read every list."""
        for which in ProviderList:
            with self._told(which):
                self.counts[which] = self.puller.pull(which, progress=self.progress)

    def clear_returned(self) -> None:
        """Take off the unsubscribe lists there who came back here."""
        for which in (ProviderList.GLOBAL, ProviderList.GROUPS):
            if which in self.counts:
                with self._told(which):
                    self.counts[which]["cleared"] = self.clear(which)

    def push(self, lists: Mapping[int, int]) -> None:
        """Tell the provider, as far as it is known what it knows."""
        if {ProviderList.GLOBAL, ProviderList.SPAM_REPORTS} <= self.counts.keys():
            with self._told(ProviderList.GLOBAL):
                self.counts[ProviderList.GLOBAL] += self.pusher.push_suppressions(self.progress)
        if ProviderList.GROUPS in self.counts:
            with self._told(ProviderList.GROUPS):
                pushed, words = self.pusher.push_leavers(lists, self.progress)
                self.counts[ProviderList.GROUPS] += pushed
                if words:
                    self.troubles[ProviderList.GROUPS] = words

    def outcomes(self) -> tuple[ListOutcome, ...]:
        """What every list came to."""
        return tuple(
            ListOutcome(list=which, trouble=self.troubles.get(which, ""), **self.counts.get(which, Counter()))
            for which in ProviderList
        )

    @contextmanager
    def _told(self, which: ProviderList) -> Iterator[None]:
        """Let the other lists go on where the key may not touch this one."""
        try:
            yield
        except Forbidden as error:
            self.troubles[which] = error.message


def _lists(ledger: Ledger, groups: Mapping[str, int]) -> dict[int, int]:
    """The lists by the groups that stand for them. Raises Refused where one is not there."""
    with ledger.read() as connection:
        ids = list_ids(connection)
    for name in groups:
        if name not in ids:
            raise Refused(
                f"sendgrid.groups in trax.yaml names the list “{name}”, which is not there.",
                advice=f"Lists: {', '.join(ids)}." if ids else "There is no list yet.",
            )
    return {group: ids[name] for name, group in groups.items()}


@contextmanager
def _alone(ledger: Ledger) -> Iterator[None]:
    with ExitStack() as held:
        try:
            held.enter_context(ledger.lane_lock(_NO_MAILING, lane=_PLACE))
        except Conflict:
            raise Conflict(
                "Another process is syncing the suppressions at this moment.", advice="Wait for it to end."
            ) from None
        yield


def _note(ledger: Ledger, outcomes: tuple[ListOutcome, ...], *, by: str, now: dt.datetime) -> None:
    words = "; ".join(f"{one.list.words}: {one.words}" for one in outcomes if one.words)
    with ledger.write() as connection:
        act = Act(kind=ActKind.PROVIDER, at=now, by=by, source=PROVIDER, words=f"Synced. {words}".strip())
        add_act(connection, act)
