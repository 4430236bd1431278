"""Reading the provider's lists page by page into the mirror, and applying each page as it comes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection

from trax_mailer.audience.syncing.applying import Applier
from trax_mailer.audience.syncing.mirror import Mirror, told_apart
from trax_mailer.audience.syncing.recognising import recognise
from trax_mailer.audience.syncing.returning import Returned
from trax_mailer.errors import ProviderError
from trax_mailer.model.provider_list import ProviderList
from trax_mailer.providers.sendgrid.entries import Listed, Page
from trax_mailer.providers.sendgrid.suppressions import PAGE, SuppressionApi

Erased = Callable[[Connection, Sequence[str]], set[str]]
"""Which of these addresses are those of erased people."""


class Puller:
    """Reads lists and counts. Each page is one transaction, so that what was read is kept."""

    def __init__(
        self,
        api: SuppressionApi,
        mirror: Mirror,
        applier: Applier,
        *,
        returned: Returned,
        erased: Erased,
        now: dt.datetime,
    ) -> None:
        self._api = api
        self._mirror = mirror
        self._applier = applier
        self._returned = returned
        self._erased = erased
        self._now = now

    def pull(self, which: ProviderList, *, progress: Callable[[str, int], None]) -> Counter[str]:
        """Read the list to its end. Raises what the API raises; what was read until then is kept."""
        counts: Counter[str] = Counter()
        offset = self._mirror.begin(which)
        for part, size in self._parts(which, offset):
            offset += size
            self._take(which, part, offset=offset, counts=counts)
            counts["seen"] += size
            progress(which.words, counts["seen"])
        counts["gone"] = self._mirror.finish(which)
        return counts

    def _parts(self, which: ProviderList, offset: int) -> Iterator[tuple[Sequence[Listed | None], int]]:
        if which is ProviderList.GROUPS:
            entries = self._api.group_entries()
            while part := list(islice(entries, PAGE)):
                yield part, len(part)
            return
        before: Page | None = None
        while True:
            page = self._api.page(which, offset=offset)
            if page.size and page == before:
                raise ProviderError(f"SendGrid gives the same page of the {which.words} again and again.")
            yield [*page.entries, *[None] * (page.size - len(page.entries))], page.size
            if page.size < PAGE:
                return
            before, offset = page, offset + page.size

    def _take(
        self, which: ProviderList, part: Iterable[Listed | None], *, offset: int, counts: Counter[str]
    ) -> None:
        known, unusable = recognise(part, which, now=self._now)
        with self._mirror.transaction() as connection:
            erased = self._erased(connection, [one.address for one in known])
            known = [one for one in known if one.address not in erased]
            theirs, echoes = told_apart(connection, known)
            changed, back = self._applier.apply(connection, which, theirs)
            self._returned.note(connection, which, [*theirs, *echoes])
            counts["new"] += self._mirror.meet(connection, which, [*theirs, *echoes])
            self._mirror.advance(connection, which, offset if which is not ProviderList.GROUPS else 0)
        counts["applied"] += len(changed)
        counts["back"] += len(back)
        counts["unusable"] += unusable
