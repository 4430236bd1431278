"""The lists on which a provider keeps addresses that it does not mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class ProviderList(StrEnum):
    """SendGrid's six lists, by the names in its API."""

    BOUNCES = "bounces"
    """Servers refused mail to the address for good."""
    BLOCKS = "blocks"
    """A mail was refused for what it was or whom it came from. Says nothing against the address."""
    SPAM_REPORTS = "spam_reports"
    """The reader reported a mail of the account as unwanted."""
    INVALID = "invalid_emails"
    """No mail can reach the address: its domain or its form is none."""
    GLOBAL = "unsubscribes"
    """The reader left everything that the account sends."""
    GROUPS = "groups"
    """The reader left one unsubscribe group (ASM); each group is a list of its own."""

    @property
    def words(self) -> str:
        """What people call it."""
        return _WORDS.get(self, self.value)


_WORDS = {
    ProviderList.SPAM_REPORTS: "spam reports",
    ProviderList.INVALID: "invalid addresses",
    ProviderList.GLOBAL: "global unsubscribes",
    ProviderList.GROUPS: "group unsubscribes",
}
_GROUP = "group:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """An address on a provider's list. `list` is the list's name, or a group's by `group_name`.

    `address` is the key of the address. `seen_at` is when the list was last read with it on it.
    """

    list: str
    address: str = field(repr=False)
    since: dt.datetime
    reason: str
    seen_at: dt.datetime

    @property
    def told_from_here(self) -> bool:
        """Whether it stands there because we said so: then it says nothing that we do not know."""
        return self.reason == TOLD_FROM_HERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far a provider's list was read.

    `whole` is when the last reading began that came to its end. `begun` is when the present one began, and
    `offset` where it goes on; they are `whole` and 0 where none is under way.
    """

    whole: dt.datetime
    begun: dt.datetime
    offset: int = 0


TOLD_FROM_HERE = "told from here"
"""The reason of an entry that we put there ourselves."""

NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""Stands for the end of a reading that never came."""


def group_name(group: int) -> str:
    """The name of the list of that unsubscribe group."""
    return f"{_GROUP}{group}"


def group_of(name: str) -> int | None:
    """The unsubscribe group whose list has that name, or None for another list."""
    return int(name.removeprefix(_GROUP)) if name.startswith(_GROUP) else None


def list_of(name: str) -> ProviderList:
    """Which of the six lists a list's name belongs to. Raises ValueError for no list of these."""
    return ProviderList.GROUPS if name.startswith(_GROUP) else ProviderList(name)


def shown_name(name: str) -> str:
    """A list's name for people."""
    if name.startswith(_GROUP):
        return f"unsubscribe group {name.removeprefix(_GROUP)}"
    return list_of(name).words
