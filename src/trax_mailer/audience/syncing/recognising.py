"""Entries of a provider's list as addresses by our own key; what is no address is counted alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.model.provider_list import ProviderList, group_name
from trax_mailer.model.server_words import clean_words
from trax_mailer.providers.sendgrid.entries import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entry whose address we understand. `name` is that of its list, or of its group's."""

    name: str
    address: str = field(repr=False)
    email: str = field(repr=False)
    since: dt.datetime
    reason: str
    group: int


def recognise(
    entries: Iterable[Listed | None], which: ProviderList, *, now: dt.datetime
) -> tuple[list[Known], int]:
    """The entries with an address, each list and address once, and how many have none.

    An entry without a time counts as of `now`: it then weighs more than anything a reader did before.
    """
    known: dict[tuple[str, str], Known] = {}
    unusable = 0
    for entry in entries:
        one = _known(entry, which, now=now) if entry is not None else None
        if one is None:
            unusable += 1
        else:
            before = known.get((one.name, one.address))
            known[one.name, one.address] = one if before is None else max(before, one, key=_since)
    return list(known.values()), unusable


def _known(entry: Listed, which: ProviderList, *, now: dt.datetime) -> Known | None:
    if which is ProviderList.GROUPS and entry.group <= 0:
        return None
    try:
        address = parse_address(entry.email)
    except BadAddress:
        return None
    return Known(
        name=group_name(entry.group) if which is ProviderList.GROUPS else which.value,
        address=address.key,
        email=address.email,
        since=entry.since or now,
        reason=clean_words(entry.reason, address=entry.email),
        group=entry.group,
    )


def _since(one: Known) -> dt.datetime:
    return one.since
