"""After a restore: who left, bounced, complained or was suppressed since stays out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from trax_mailer.audience.standing import bring_to
from trax_mailer.model.act import Act, ActKind
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.acts import add_act
from trax_mailer.storage.lists import find_list_id, make_list
from trax_mailer.storage.restored import (
    Departure,
    add_list_as,
    add_subscriber_as,
    count_readers_over,
    departures,
    suppressions,
)
from trax_mailer.storage.restored_people import (
    add_provider_entry,
    consents_among,
    keep_from_tracking,
    provider_entries,
    standing_consents,
    untracked_readers,
    withdraw_consents,
)
from trax_mailer.storage.subscribers import add_subscribers, subscribers_among
from trax_mailer.storage.subscriptions import states_among
from trax_mailer.storage.suppressions import add_suppression

_KIND = ActKind.RESTORE


def keep_out_departed(
    old: Connection, restored: Connection, *, highest: Mapping[str, int], now: dt.datetime
) -> tuple[int, int]:
    """Take over into the restored ledger who left, bounced or complained in the `old` one.

    `highest` are the highest ids that the backup ever gave: higher ones are free in it, and are kept, so
    that the links in mails sent since still lead to the same reader. Returns how many standings changed, and
    how many readers joined after the backup was made who are not taken over.
    """
    changed = 0
    words = "carried over from the ledger that was replaced"
    act_id = add_act(restored, Act(kind=_KIND, at=now, words=words))
    since: set[int] = set()
    for part in departures(old):
        list_id = _list_of(restored, part[0], highest=highest, now=now)
        here = _readers(restored, part, highest=highest, now=now)
        since.update(one.subscriber_id for one in part if one.subscriber_id > highest["subscriber"])
        changed += _take_over(old, restored, part, list_id=list_id, ids=here, act_id=act_id, now=now)
    return changed, count_readers_over(old, highest["subscriber"]) - len(since)


def keep_out_suppressed(old: Connection, restored: Connection) -> int:
    """Take over every suppression of the `old` ledger. Returns how many were not known yet."""
    return sum(
        add_suppression(restored, one.email, reason=one.reason, source=one.source, now=one.since)
        for part in suppressions(old)
        for one in part
    )


def keep_provider_entries(old: Connection, restored: Connection) -> None:
    """Take over who was seen on the lists of a provider."""
    for part in provider_entries(old):
        for entry in part:
            add_provider_entry(restored, entry)


def keep_untracked(old: Connection, restored: Connection, *, now: dt.datetime) -> int:
    """Withdraw in the restored ledger every consent to tracking that does not stand in the `old` one.

    A reader whom the old ledger does not know keeps theirs. Who is not tracked at all in the old one is not
    in the restored one either. Returns how many choices that were.
    """
    words = "withdrawn in the ledger that was replaced"
    act_id = count = after = 0
    while rows := standing_consents(restored, after=after):
        after = rows[-1].id
        addresses = sorted({row.address for row in rows})
        known, standing = subscribers_among(old, addresses), consents_among(old, addresses)
        gone = [row.id for row in rows if row.address in known and (row.address, row.name) not in standing]
        if gone:
            act_id = act_id or add_act(restored, Act(kind=_KIND, at=now, words=words))
            withdraw_consents(restored, gone, act_id=act_id, now=now)
        count += len(gone)
    return count + sum(
        keep_from_tracking(restored, address=address, list_name=list_name)
        for part in untracked_readers(old)
        for address, list_name in part
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


def _take_over(  # noqa: PLR0913 - two ledgers, and what is carried from one to the other
    old: Connection,
    restored: Connection,
    part: Sequence[Departure],
    *,
    list_id: int,
    ids: Mapping[int, int],
    act_id: int,
    now: dt.datetime,
) -> int:
    said = states_among(old, part[0].list_id, list(ids))
    by_state: dict[SubscriptionState, list[int]] = {}
    for old_id, new_id in ids.items():
        by_state.setdefault(said[old_id], []).append(new_id)
    return sum(
        len(bring_to(restored, who, state, list_id=list_id, kind=_KIND, act_id=act_id, now=now))
        for state, who in by_state.items()
    )
