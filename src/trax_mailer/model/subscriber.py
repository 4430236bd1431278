"""Subscribers, lists, subscriptions and suppressions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class SubscriptionState(StrEnum):
    """Where a subscriber stands with one list. Only `subscribed` is ever mailed."""

    PENDING = "pending"
    """Somebody asked for the list with this address, and nobody confirmed it yet. Not the reader's word."""
    SUBSCRIBED = "subscribed"
    """Asked for the list. Does not mean that mail reaches them."""
    UNSUBSCRIBED = "unsubscribed"
    """Left by their own act or word. Only their own act brings them back."""
    BOUNCED = "bounced"
    """Mail to the address fails for good. Does not mean that the person left."""
    COMPLAINED = "complained"
    """Reported a mail as unwanted. Treated like leaving, and more."""


class SuppressionReason(StrEnum):
    """Why an address is never to be mailed, whatever the lists say."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    """Left everything of this organisation, not one list."""
    STAFF = "staff"
    """A person of the organisation said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader. `email` is as written; `fields` holds further fields by name.

    `id` is None for a made-up reader of previews and test mails.
    """

    id: int | None
    email: str
    name: str = ""
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that is never to be mailed."""

    email: str
    reason: SuppressionReason
    since: dt.datetime
    source: str
