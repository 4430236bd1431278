"""After a restore: who left, bounced, complained or was suppressed since stays out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from trax_mailer.audience.standing import heavier
from trax_mailer.storage.lists import find_list_id, make_list
from trax_mailer.storage.restored import (
    Departure,
    add_list_as,
    add_subscriber_as,
    count_readers_over,
    departures,
    suppressions,
)
from trax_mailer.storage.subscribers import add_subscribers, subscribers_among
from trax_mailer.storage.subscriptions import Standing, add_standings, change_standings, standings_among
from trax_mailer.storage.suppressions import add_suppression


def keep_out_departed(
    old: Connection, restored: Connection, *, highest: Mapping[str, int], now: dt.datetime
) -> tuple[int, int]:
    """Take over into the restored ledger who left, bounced or complained in the `old` one.

    `highest` are the highest ids that the backup ever gave: higher ones are free in it, and are kept, so
    that the links in mails sent since still lead to the same reader. Returns how many standings changed, and
    how many readers joined after the backup was made who are not taken over.
    """
    changed = 0
    since: set[int] = set()
    for part in departures(old):
        list_id = _list_of(restored, part[0], highest=highest, now=now)
        here = _readers(restored, part, highest=highest, now=now)
        since.update(one.subscriber_id for one in part if one.subscriber_id > highest["subscriber"])
        changed += _take_over(old, restored, part, list_id=list_id, ids=here, now=now)
    return changed, count_readers_over(old, highest["subscriber"]) - len(since)


def keep_out_suppressed(old: Connection, restored: Connection) -> int:
    """Take over every suppression of the `old` ledger. Returns how many were not known yet."""
    return sum(
        add_suppression(restored, one.email, reason=one.reason, source=one.source, now=one.since)
        for part in suppressions(old)
        for one in part
    )


def _list_of(restored: Connection, one: Departure, *, highest: Mapping[str, int], now: dt.datetime) -> int:
    found = find_list_id(restored, one.list_name)
    if found is not None:
        return found
    if one.list_id <= highest["list"]:  # given to another list
        return make_list(restored, one.list_name, now=now)
    add_list_as(restored, one.list_id, one.list_name, now=now)
    return one.list_id


def _readers(
    restored: Connection, part: Sequence[Departure], *, highest: Mapping[str, int], now: dt.datetime
) -> dict[int, int]:
    """The readers' ids in the restored ledger by their ids in the old one; stored where they are missing."""
    present = subscribers_among(restored, [one.row.address for one in part])
    ids = {}
    for one in part:
        reader = present.get(one.row.address)
        if reader is not None and reader.id is not None:
            ids[one.subscriber_id] = reader.id
        elif one.subscriber_id > highest["subscriber"]:
            add_subscriber_as(restored, one.subscriber_id, one.row, created_at=one.created_at)
            ids[one.subscriber_id] = one.subscriber_id
        else:
            ids[one.subscriber_id] = add_subscribers(restored, [one.row], now=now)[one.row.address]
    return ids


def _take_over(
    old: Connection,
    restored: Connection,
    part: Sequence[Departure],
    *,
    list_id: int,
    ids: Mapping[int, int],
    now: dt.datetime,
) -> int:
    said = standings_among(old, part[0].list_id, list(ids))
    present = standings_among(restored, list_id, list(ids.values()))
    joined: list[Standing] = []
    moved: list[Standing] = []
    for old_id, new_id in ids.items():
        theirs, ours = said[old_id], present.get(new_id)
        state = theirs.state if ours is None else heavier(ours.state, theirs.state)
        if ours is not None and state is ours.state:
            continue
        entry = {"state": state.value, "how": "carried over into a restored ledger", "at": now.isoformat()}
        standing = Standing(
            subscriber_id=new_id, state=state, cause=theirs.cause, evidence=(*theirs.evidence, entry)
        )
        (joined if ours is None else moved).append(standing)
    add_standings(restored, list_id, joined, now=now)
    change_standings(restored, list_id, moved, now=now)
    return len(joined) + len(moved)
