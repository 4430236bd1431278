"""What keeps one address from being mailed: our suppression, its subscriptions, the provider's lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from trax_mailer.audience.addresses import BadAddress, parse_address
from trax_mailer.errors import Refused
from trax_mailer.model.act import OWN_ACTS
from trax_mailer.model.provider_list import ProviderEntry, ProviderList, list_of
from trax_mailer.model.subscriber import SubscriptionState, Suppression, SuppressionReason
from trax_mailer.storage import Ledger
from trax_mailer.storage.acts import last_of_kinds
from trax_mailer.storage.lists import list_ids
from trax_mailer.storage.provider_lists import entries_among, readings
from trax_mailer.storage.subscribers import subscribers_among
from trax_mailer.storage.subscriptions import Standing, lists_of
from trax_mailer.storage.suppressions import find_suppression

PROVIDER = "sendgrid"
BY_READERS = (ProviderList.SPAM_REPORTS, ProviderList.GLOBAL, ProviderList.GROUPS)
"""The lists on which readers came by an act of their own. The others speak of addresses and mails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenThere:
    """An entry of the provider's; `gone` says that the last whole reading did not meet it."""

    entry: ProviderEntry
    gone: bool

    @property
    def says_something(self) -> bool:
        """Whether it stands there now, and not because we said so."""
        return not self.gone and not self.entry.told_from_here


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLook:
    """What is known of an address.

    `subscriptions` hold the name of a list and the state on it. `came_back_at` is when the reader last
    confirmed, by their own act, a subscription that holds; None where they did not.
    """

    address: str = field(repr=False)
    suppression: Suppression | None
    subscriber_id: int | None
    subscriptions: tuple[tuple[str, SubscriptionState], ...]
    there: tuple[SeenThere, ...]
    came_back_at: dt.datetime | None

    def own_word(self) -> str:
        """What the reader said by their own act that nobody else may take back; empty where it is nothing."""
        suppression = self.suppression
        by_reader = {SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINED}
        if suppression and suppression.reason in by_reader and not self._later_than(suppression.since):
            return f"{suppression.reason} on {suppression.since:%Y-%m-%d} ({suppression.source})"
        for one in self.there:
            said = list_of(one.entry.list) in BY_READERS[:2] and one.says_something
            if said and not self._later_than(one.entry.since):
                return (
                    f"stands on SendGrid's {list_of(one.entry.list).words} since {one.entry.since:%Y-%m-%d}"
                )
        return ""

    def _later_than(self, moment: dt.datetime) -> bool:
        return self.came_back_at is not None and self.came_back_at > moment


def key_of(email: str) -> str:
    """The key of the address. Raises Refused where the words are none."""
    try:
        return parse_address(email).key
    except BadAddress as problem:
        raise Refused(f"{problem}.", advice="Give the address alone, like ana@example.org.") from None


def look_up(ledger: Ledger, email: str) -> AddressLook:
    """Everything that keeps that address from being mailed, or nothing. Raises Refused for no address."""
    with ledger.read() as connection:
        return look_in(connection, key_of(email))


def look_in(connection: Connection, key: str) -> AddressLook:
    """Like `look_up`, for a key, within a transaction of the caller's."""
    reader = subscribers_among(connection, [key]).get(key)
    standings = lists_of(connection, reader.id) if reader and reader.id is not None else {}
    names = {list_id: name for name, list_id in list_ids(connection).items()}
    known = readings(connection, PROVIDER)
    whole = {name: reading.whole for name, reading in known.items()}
    there = entries_among(connection, PROVIDER, [key]).values()
    return AddressLook(
        address=key,
        suppression=find_suppression(connection, key),
        subscriber_id=reader.id if reader else None,
        subscriptions=tuple((names[list_id], one.state) for list_id, one in standings.items()),
        there=tuple(
            SeenThere(entry=one, gone=one.seen_at < whole.get(list_of(one.list).value, one.seen_at))
            for one in sorted(there, key=lambda one: one.list)
        ),
        came_back_at=_came_back_at(connection, standings),
    )


def _came_back_at(connection: Connection, standings: Mapping[int, Standing]) -> dt.datetime | None:
    acts = last_of_kinds(connection, OWN_ACTS, {one.subscriber_id for one in standings.values()})
    return max(
        (
            at
            for (list_id, _), at in acts.items()
            if list_id in standings and standings[list_id].state is SubscriptionState.SUBSCRIBED
        ),
        default=None,
    )
