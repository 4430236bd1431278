"""Events: what a provider or a mail server reported about a delivery after it was handed over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What was reported. Each of them proves that the delivery had been accepted."""

    PROCESSED = "processed"
    """The provider took the message. Does not mean that the reader's server did."""
    DELIVERED = "delivered"
    """The reader's server took it. Does not mean that it is in the inbox, or read."""
    DEFERRED = "deferred"
    """The reader's server asked to wait; the provider goes on trying."""
    BOUNCED = "bounced"
    """The reader's server refused it for good."""
    BLOCKED = "blocked"
    """Refused this time; nothing is wrong with the address itself."""
    DROPPED = "dropped"
    """The provider took it and did not send it on."""
    COMPLAINED = "complained"
    """The reader reported it as unwanted."""
    LEFT = "left"
    """The reader left by the provider's own way out. Says nothing about how the delivery fared."""


class PostedKind(StrEnum):
    """What a provider's webhook tells of, in our words; `EventKind` and more."""

    PROCESSED = "processed"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    BLOCKED = "blocked"
    DROPPED = "dropped"
    COMPLAINED = "complained"
    LEFT = "left"
    RETURNED = "returned"
    """The reader undid it on the provider's own page. Brings nobody back: only a confirmation here does."""
    OPENED = "opened"
    """The provider's own picture was fetched, by a person or a machine."""
    CLICKED = "clicked"
    """A link that the provider had rewritten was followed, by a person or a machine."""
    ACCOUNT = "account"
    """Something changed about the account itself. It is about no reader."""
    UNKNOWN = "unknown"
    """Of a type that this program does not know, or not whole: kept aside, and nothing follows from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEvent:
    """One report about one delivery. Holds no address, no IP address and no user agent.

    `key` is the same for every repetition of the same report and differs for any other: 64 characters.
    `reason` holds the words of the other side, without addresses.
    """

    key: str
    provider: str
    mailing_id: int
    subscriber_id: int
    kind: EventKind
    occurred_at: dt.datetime
    reason: str = ""
