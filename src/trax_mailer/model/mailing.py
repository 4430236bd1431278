"""Mailings, batches and deliveries: the states of the ledger, and the proof they add up to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from trax_mailer.model.visit import TrackingMode


class MailingState(StrEnum):
    """Where a mailing stands."""

    DRAFT = "draft"
    """Its audience is written down. Nothing was sent, and nothing will be unless it is started."""
    SCHEDULED = "scheduled"
    """Waits for its time. Its audience is written down only then, so who joins until then gets it."""
    SENDING = "sending"
    """Batches may be handed over now. Does not mean that a process is at work this moment."""
    PAUSED = "paused"
    """No call starts until it is resumed. Calls under way when it paused may still be answered."""
    CANCELLED = "cancelled"
    """No further call starts, ever. What was accepted before stays accepted."""
    DONE = "done"
    """No delivery is queued or calling. Does not mean that every reader was reached."""


UNFINISHED = (MailingState.DRAFT, MailingState.SCHEDULED, MailingState.SENDING, MailingState.PAUSED)
"""A mailing that stands at one of these may still hand something over."""

ENDED = (MailingState.DONE, MailingState.CANCELLED)
"""A mailing that stands at one of these hands nothing over, unless a person has some of it tried again."""


class BatchState(StrEnum):
    """Where a batch stands."""

    READY = "ready"
    """Waits to be claimed. Nothing of it was handed over in this attempt."""
    CALLING = "calling"
    """Claimed, the transport is being called. Does not mean that anything was sent."""
    ACCEPTED = "accepted"
    """The transport answered for it. Single deliveries may still have failed."""
    UNCERTAIN = "uncertain"
    """The answer was not seen. It may have been sent, or not."""
    REJECTED = "rejected"
    """The transport refused it whole. Nothing was sent; its deliveries moved to other batches or failed."""


class Handover(StrEnum):
    """What became of handing one delivery to the transport. Makes the proof."""

    QUEUED = "queued"
    """Waits in a batch. Nothing was sent."""
    CALLING = "calling"
    """Claimed for a call whose answer is not known yet."""
    ACCEPTED = "accepted"
    """The transport took it. Does not mean delivered, let alone read."""
    FAILED = "failed"
    """The transport refused it for good; nothing was sent."""
    SKIPPED = "skipped"
    """Never handed over, for a stated reason: left, suppressed, erased."""
    UNCERTAIN = "uncertain"
    """The answer was not seen. It may have been sent, or not; it is never resent silently."""


class Outcome(StrEnum):
    """What was reported about a delivery afterwards. Never changes the handover."""

    UNKNOWN = "unknown"
    """Nothing was reported. Says nothing either way."""
    DELIVERED = "delivered"
    """The reader's server took it. Does not mean that it is in the inbox, or read."""
    DEFERRED = "deferred"
    """The reader's server asked to wait. The provider goes on trying."""
    BOUNCED = "bounced"
    """The reader's server refused it for good."""
    BLOCKED = "blocked"
    """Refused this time, not for good: nothing is wrong with the address itself."""
    DROPPED = "dropped"
    """The provider took it and did not send it on, such as to an address on its own suppression list."""
    COMPLAINED = "complained"
    """The reader reported it as unwanted. It had been delivered."""


class AudienceKind(StrEnum):
    """Who of a list a mailing goes to, seen from who has the issue already through another mailing."""

    EVERYBODY = "everybody"
    """Everybody on the list; who has the issue already is skipped, with that reason."""
    MISSED = "missed"
    """Only who does not have the issue: who joined since, who failed or was skipped before."""
    AGAIN = "again"
    """Everybody on the list, also who has it. Only ever at a person's explicit word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is the same in every message of a mailing, fixed when it is made.

    Addresses are bare (`news@example.org`); names are plain words. `list_id` is RFC 2919's
    identifier without brackets. `public_url` has no trailing slash. `sent_at` is aware UTC and
    becomes the Date header.
    """

    from_email: str
    from_name: str
    reply_to: str
    list_id: str
    list_name: str
    public_url: str
    pictures: str
    sent_at: dt.datetime
    simulated: bool
    """True where nothing leaves the machine or the mail is a test: tokens are inert."""
    pixel: bool = True
    """Whether a tracked copy carries the picture that tells of an open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """One issue sent to one audience.

    `not_before` is the time of a scheduled mailing. Its batches, of at most `batch_size` readers each,
    lie in `lanes` lines, numbered from 0. With `segment`, it goes to those of the list alone for whom
    `segment_rule` holds when the audience is written down; no file is looked at then.
    """

    id: int
    issue_number: int
    issue_title: str
    list_name: str
    edition_hash: str
    transport: str
    state: MailingState
    reason: str
    simulated: bool
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    envelope: Envelope
    not_before: dt.datetime | None
    lanes: int
    batch_size: int
    audience: AudienceKind
    tracking: TrackingMode = TrackingMode.NONE
    segment: str = ""
    segment_rule: str = ""

    @property
    def whom(self) -> str:
        """The list in words, and the segment where there is one."""
        return in_words(self.list_name, self.segment)


def in_words(list_name: str, segment: str) -> str:
    """A list, or a segment of it, as a sentence names it."""
    return f"“{list_name}”, segment “{segment}”" if segment else f"“{list_name}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One delivery as a transport needs it.

    `delivery` is the opaque id `<mailing>.<subscriber>`; it holds no personal data.
    `unsubscribe_url` and `message_id` (without angle brackets) are the reader's own.
    `merge` gives the reader's merge values by field name; a missing name is empty. `tracking_token` stands in
    the links of a tracked copy.
    """

    delivery: str
    subscriber_id: int
    email: str
    name: str
    merge: dict[str, str]
    unsubscribe_url: str
    message_id: str
    tracking_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The account of a mailing: accepted + skipped + failed + uncertain = audience, once it is done."""

    audience: int
    accepted: int
    skipped: int
    failed: int
    uncertain: int
    waiting: int

    @property
    def holds(self) -> bool:
        """Whether every reader of the audience stands in exactly one final class."""
        return (
            self.waiting == 0 and self.accepted + self.skipped + self.failed + self.uncertain == self.audience
        )

    @property
    def in_words(self) -> str:
        """The sum of the classes, and whether it is the audience; who waits is named where anybody does."""
        classes = ["accepted", "skipped", "failed", "uncertain", *(["waiting"] if self.waiting else [])]
        counts = [int(getattr(self, name)) for name in classes]
        parts = " + ".join(f"{count:,} {name}" for count, name in zip(counts, classes, strict=True))
        sign = "=" if sum(counts) == self.audience else "≠"
        return f"{parts} = {sum(counts):,} {sign} audience of {self.audience:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """A reader who was not, or not surely, reached, and why."""

    delivery: str
    email: str
    handover: Handover
    reason: str
