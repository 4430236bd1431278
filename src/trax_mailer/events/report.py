"""A report: what somebody says about a message, not matched with a delivery yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from trax_mailer.model.event import EventKind, PostedKind
from trax_mailer.model.visit import VisitKind

TOLD_BY_PROVIDER, MACHINE_SAID, IN_TEXT = "provider", "machine-said", "text"
"""Hints of a visit: a provider tells of it; it says that a machine made it; the link is in the text part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was reported about the message of that Message-ID (without angle brackets).

    `apart` tells reports of one kind about one message from each other, and is the same for repetitions
    of the same report; it is hashed and kept nowhere. `reason` holds no address. `by_reader` says that it
    is known from what the reader did: that is only ever looked at where nothing else proves anything.

    `addresses` and `tokens` are whom the report names, and the ways out of a list that stand in the message
    it returns: looked at, shown and kept nowhere. Without a Message-ID of ours they alone say whom it is
    about, and `about` stands for the Message-ID in what tells reports apart.
    """

    message_id: str
    kind: EventKind
    occurred_at: dt.datetime
    apart: str = ""
    reason: str = ""
    by_reader: bool = False
    addresses: tuple[str, ...] = field(default=(), repr=False)
    tokens: tuple[str, ...] = field(default=(), repr=False)
    about: str = field(default="", repr=False)


class Seen(NamedTuple):
    """A visit that a provider tells of. `second` is since the epoch; `url` is the link's target, if any.

    `agent` is a class of programs, and `hints` are words that tell machines apart.
    """

    kind: VisitKind
    second: int
    url: str
    agent: str
    hints: str


class Posted(NamedTuple):
    """One event as a provider posted it, in our words.

    `message_id` is the one that it carries, or empty. `apart` tells it from the other events about that
    message: the same for repetitions, whatever the provider calls them; `own_id` is what it calls them.
    `content` is the event without whatever tells people apart: no address, IP address, user agent or link.
    Of an event that is `refused`, with the reason, nothing else is believed.
    """

    kind: PostedKind
    message_id: str
    apart: str
    own_id: str
    content: Mapping[str, object]
    report: Report | None = None
    seen: Seen | None = None
    refused: str = ""


def act_of_reader(message_id: str, *, at: dt.datetime) -> Report:
    """The report that the message was taken, since its reader did something with it, that day."""
    day = at.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Report(message_id=message_id, kind=EventKind.PROCESSED, occurred_at=day, by_reader=True)
