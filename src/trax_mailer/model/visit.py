"""Visits: clicks and opens that came back, and whether a person or a machine made them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class TrackingMode(StrEnum):
    """How much is kept of what readers do with a mail."""

    NONE = "none"
    """Links are the plain targets and pictures travel inside the mail: nothing of ours in between."""
    AGGREGATE = "aggregate"
    """Counts. Each copy carries a random pseudonym that stands nowhere beside the reader."""
    INDIVIDUAL = "individual"
    """Tied to the reader, for those alone who consented to it; for all others, as aggregate."""


class VisitKind(StrEnum):
    """What came back."""

    CLICK = "click"
    """A link was fetched. Does not mean that a person read anything, or even pressed it."""
    OPEN = "open"
    """The pixel was fetched. Text readers never fetch it, and mail proxies fetch it without a person."""


class Verdict(StrEnum):
    """Who made a visit, as far as can be told."""

    HUMAN = "human"
    """Looks like a person: one link at a time, some time after delivery, from a browser."""
    MACHINE = "machine"
    """A scanner, a proxy or a preview bot; the reason says by what it is known."""
    UNSURE = "unsure"
    """Could be either. Shown apart, never added to the people."""


LONGEST_AFTER = 3600
"""Seconds after the first visit of a copy that are kept at most; whatever came later has this number."""

HIDDEN_LINK = 0
"""The number of the link that no reader sees: only programs that read the markup follow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One click or open, without address, IP address or user agent.

    `link` is the number of the link, 0 for an open. `pseudonym` is 8 random bytes, None once it was
    deleted; `subscriber_id` is known only with that reader's consent. `at` is rounded down to the minute;
    `after` is the seconds since the first visit of the same pseudonym, at most 3,600. `agent` is a class of
    programs and `hints` are words of the request that tell machines apart, such as `prefetch`.
    """

    mailing_id: int
    kind: VisitKind
    link: int
    language: str
    at: dt.datetime
    after: int
    method: str
    agent: str
    hints: str = ""
    pseudonym: bytes | None = None
    subscriber_id: int | None = None
    verdict: Verdict = Verdict.UNSURE
    why: str = ""
    id: int = 0
