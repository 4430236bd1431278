"""What a report says about the reader's address, weighed: the status codes of RFC 3463 and its successors."""

from __future__ import annotations

import re
from enum import StrEnum

from trax_mailer.model.event import EventKind


class Weight(StrEnum):
    """What follows from one report for the reader."""

    NOTHING = "nothing"
    """It speaks of a message on its way, of one that was sent on, or of what a server thinks of us."""
    SOFT = "soft"
    """It failed this time, or nobody says why. Says nothing for good about the address."""
    HARD = "hard"
    """The address itself takes no mail. Says nothing about the person."""
    LEFT = "left"
    """The reader left a list through the provider."""
    LEFT_ALL = "left all"
    """The reader left everything through the provider."""
    COMPLAINT = "complaint"
    """The reader reported it as unwanted."""


ABOUT_THE_ADDRESS = {
    "5.1.1": "there is no such mailbox (RFC 3463 §3.2)",
    "5.1.2": "there is no such domain (RFC 3463 §3.2)",
    "5.1.3": "the address has not the form of one (RFC 3463 §3.2)",
    "5.1.6": "the mailbox moved and left no address (RFC 3463 §3.2)",
    "5.1.10": "the domain takes no mail at all (RFC 7505 §4.2)",
    "5.2.1": "the mailbox is disabled (RFC 3463 §3.3)",
    "5.4.4": "no way leads to the domain (RFC 3463 §3.5)",
    "5.7.17": "the mailbox belongs to somebody else now (RFC 7293 §7)",
    "5.7.18": "the domain belongs to somebody else now (RFC 7293 §7)",
}
"""The codes by which mail to an address fails for good. Any other refusal may be over next time."""

INVALID_ADDRESS = "Invalid Address"
"""SendGrid's own classification of a bounce; it stands before the words of a server that gave no code."""

_DROPPED = {
    "bounced address": Weight.HARD,
    "invalid": Weight.HARD,
    "spam reporting address": Weight.COMPLAINT,
    "unsubscribed address": Weight.LEFT,
}
"""Why SendGrid sends something on to nobody; its other reasons are about the message or the account
(https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event, “dropped”)."""

_BY_KIND = {
    EventKind.PROCESSED: Weight.NOTHING,
    EventKind.DELIVERED: Weight.NOTHING,
    EventKind.DEFERRED: Weight.NOTHING,
    EventKind.COMPLAINED: Weight.COMPLAINT,
}
_GROUP = "unsubscribe group "
_POLICY = ("4.7.", "5.7.")
"""Refused by policy (RFC 3463 §3.8): the server's opinion of the sender or of what is said. A server that
censors must not cost its readers their subscription."""

_REPLY = re.compile(r"(?:put off \d+ times, the last time with: )?[45]\d\d(?!\d)", re.ASCII)
_CODE = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\d|\.\d)", re.ASCII)


def weigh(kind: EventKind, reason: str) -> Weight:
    """What follows from an event of that kind with those words, whoever reported it."""
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if kind is EventKind.LEFT:
        return Weight.LEFT_ALL if group_in(reason) is None else Weight.LEFT
    if kind is EventKind.DROPPED:
        return _DROPPED.get(reason.strip().casefold(), Weight.NOTHING)
    status = status_in(reason)
    speaks = status in ABOUT_THE_ADDRESS or reason.startswith(INVALID_ADDRESS)
    if kind is EventKind.BOUNCED and speaks:
        return Weight.HARD
    return Weight.NOTHING if status.startswith(_POLICY) else Weight.SOFT


def left_group(group: int) -> str:
    """The reason of an event that tells of an unsubscribe group which the reader left; no group: empty."""
    return f"{_GROUP}{group}"


def group_in(reason: str) -> int | None:
    """The unsubscribe group that such a reason names, None where it names none."""
    number = reason.removeprefix(_GROUP)
    return int(number) if reason.startswith(_GROUP) and number.isascii() and number.isdigit() else None


def refused_at_handover(reason: str) -> EventKind | None:
    """What a mail server's own words at the handover report about a copy that failed.

    None where the reason is not a server's reply (RFC 5321 §4.2), but our own word for why it was not tried.
    """
    if _REPLY.match(reason) is None:
        return None
    return EventKind.BOUNCED if status_in(reason) in ABOUT_THE_ADDRESS else EventKind.BLOCKED


def status_in(words: str) -> str:
    """The first status code in the words, such as 5.1.1; empty where there is none."""
    found = _CODE.search(words)
    return found[0] if found else ""


def statuses_in(words: str) -> set[str]:
    """Every status code in the words."""
    return set(_CODE.findall(words))


def without_statuses(words: str) -> str:
    """The words with each status code blotted out: for words of which nobody knows whom they are about."""
    return _CODE.sub("…", words)
