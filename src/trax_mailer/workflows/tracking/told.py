"""Visits that a provider tells of: kept like our own, where our own server cannot have seen them.

A tracked copy leads over our server and carries our picture. Where a provider's account counts opens and
clicks as well, one and the same visit would stand in the ledger twice: what ours counts is left to ours.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from trax_mailer.events import Seen
from trax_mailer.model.visit import TrackingMode, VisitKind
from trax_mailer.storage.visit_consents import standing_among, untracked_among
from trax_mailer.storage.visits import NewVisit
from trax_mailer.tokens import PostedMarks
from trax_mailer.workflows.known_mailings import KnownMailing

_HOUR = 3600


class Told(NamedTuple):
    """A visit, and whose copy it was of. `link` is the link's number, 0 for an open."""

    mailing: KnownMailing
    subscriber_id: int
    seen: Seen
    link: int


def link_of(mailing: KnownMailing, seen: Seen) -> int | None:
    """The number of the link, 0 for an open; None where it is not counted, or where ours counts it."""
    if mailing.tracking is TrackingMode.NONE:
        return None
    if seen.kind is VisitKind.OPEN:
        return None if mailing.pixel else 0
    return mailing.numbers.get(seen.url)


def untracked(connection: Connection, told: Sequence[Told]) -> set[tuple[int, int]]:
    """Of whom nothing is kept: pairs of a mailing and a subscriber who wants no tracking."""
    readers: dict[int, set[int]] = defaultdict(set)
    for one in told:
        readers[one.mailing.list_id].add(one.subscriber_id)
    none = {list_id: untracked_among(connection, list_id, who) for list_id, who in readers.items()}
    return {
        (one.mailing.id, one.subscriber_id) for one in told if one.subscriber_id in none[one.mailing.list_id]
    }


def visits_of(connection: Connection, told: Sequence[Told], *, marks: PostedMarks) -> list[NewVisit]:
    """The visits to be kept: tied to readers who consented, by pseudonyms for all others; to the minute.

    `after` goes by a clock of the pseudonym's own, which begins anew each hour: it tells how far apart two
    visits are, in whatever order they are told, and not when they were.
    """
    tied = {
        (one.subscriber_id, one.mailing.list_id)
        for one in told
        if one.mailing.tracking is TrackingMode.INDIVIDUAL
    }
    stands = standing_among(connection, tied)
    visits = []
    for mailing, subscriber_id, seen, link in told:
        consents = (subscriber_id, mailing.list_id) in stands
        stranger = marks.stranger(mailing.id, subscriber_id)
        visits.append(
            NewVisit(
                mailing.id,
                seen.kind.value,
                link,
                None if consents else stranger.pseudonym,
                subscriber_id if consents else None,
                mailing.language,
                dt.datetime.fromtimestamp(seen.second - seen.second % 60, dt.UTC),
                (seen.second + stranger.offset) % _HOUR,
                "GET",
                seen.agent,
                seen.hints,
            )
        )
    return visits
