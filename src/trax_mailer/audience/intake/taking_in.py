"""Storing readers who arrive, so that nobody who left, bounced or complained comes back.

First it is decided what becomes of each, which changes nothing; a dry run ends there.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sqlalchemy import Connection

from trax_mailer.audience.intake.entries import Entry
from trax_mailer.audience.intake.reports import Bar, Counts
from trax_mailer.audience.standing import heavier
from trax_mailer.model.subscriber import SubscriptionState
from trax_mailer.storage.arrivals import Arrival, Held, Known, add_strangers, known_among
from trax_mailer.storage.backends.base import as_json
from trax_mailer.storage.subscribers import SubscriberRow, update_subscribers
from trax_mailer.storage.subscriptions import Standing, add_standings, change_standings
from trax_mailer.storage.tags import add_tags, tags_among

_AT_ONCE = 1000
_SUBSCRIBED = SubscriptionState.SUBSCRIBED
_BARS = {
    SubscriptionState.UNSUBSCRIBED: Bar.LEFT,
    SubscriptionState.BOUNCED: Bar.BOUNCED,
    SubscriptionState.COMPLAINED: Bar.COMPLAINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the readers come from: the list they join, the act of the import, and when it was.

    `list_id` is None where a dry run meets a list that does not exist.
    """

    list_id: int | None
    act_id: int
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What some arrivals come to, before it is written."""

    strangers: list[Arrival] = field(default_factory=list)
    rows: dict[int, SubscriberRow] = field(default_factory=dict)
    joined: list[Standing] = field(default_factory=list)
    moved: list[Standing] = field(default_factory=list)
    tags: dict[int, set[str]] = field(default_factory=dict)


def to_arrival(entry: Entry) -> Arrival:
    """The entry as it is sorted and stored."""
    return (
        entry.line,
        entry.address.key,
        entry.address.email,
        entry.name,
        entry.language,
        as_json(dict(entry.fields)),
        entry.state.value,
        as_json(entry.tags) if entry.tags else "",
    )


def decide(
    connection: Connection,
    arrivals: Sequence[Arrival],
    *,
    source: Source,
    erased: AbstractSet[str],
    counts: Counts,
) -> Changes:
    """What becomes of the arrivals, whose keys must all differ; at most some ten thousand. Adds to `counts`.

    `erased` are the keys of erased people: not even that they left is noted again.
    """
    known = known_among(connection, source.list_id, [arrival[1] for arrival in arrivals])
    tags = _tags(connection, arrivals, known)
    changes = Changes()
    readers = known.readers
    for arrival in arrivals:
        key = arrival[1]
        if key in erased:
            counts.keep_out(Bar.ERASED)
        elif (held := readers.get(key)) is not None and _says_nothing(arrival, held, known):
            counts.unchanged += 1
        elif held is None and key not in known.suppressed:
            changes.strangers.append(arrival)
        else:
            _decide(arrival, held, known, tags=tags, source=source, changes=changes, counts=counts)
    counts.added += len(changes.strangers)
    return changes


def carry_out(connection: Connection, changes: Changes, *, source: Source) -> None:
    """Write the changes."""
    assert source.list_id is not None  # noqa: S101 - narrows a type: a dry run does not come here
    add_strangers(connection, changes.strangers, list_id=source.list_id, act_id=source.act_id, now=source.at)
    update_subscribers(connection, changes.rows)
    add_standings(connection, source.list_id, changes.joined, now=source.at)
    change_standings(connection, source.list_id, changes.moved, now=source.at)
    add_tags(connection, changes.tags)


def _tags(connection: Connection, arrivals: Sequence[Arrival], known: Known) -> dict[int, tuple[str, ...]]:
    """The tags of those whom the ledger knows and the file gives tags, by id."""
    ids = [
        held[0] for arrival in arrivals if arrival[7] and (held := known.readers.get(arrival[1])) is not None
    ]
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= tags_among(connection, ids[start : start + _AT_ONCE])
    return found


def _says_nothing(arrival: Arrival, held: Held, known: Known) -> bool:
    """Whether it can be seen at once that a subscribed reader is on the list with all that the file says."""
    _, key, _, name, language, fields, said, tags = arrival
    return (
        held[2:] == (name, language, fields)
        and known.states.get(key) == said == _SUBSCRIBED.value
        and not tags
        and key not in known.unreachable
        and key not in known.suppressed
    )


def _decide(  # noqa: PLR0913 - each is a fact about the arrival
    arrival: Arrival,
    held: Held | None,
    known: Known,
    *,
    tags: Mapping[int, Collection[str]],
    source: Source,
    changes: Changes,
    counts: Counts,
) -> None:
    line, key, said = arrival[0], arrival[1], SubscriptionState(arrival[6])
    state = SubscriptionState(known.states[key]) if key in known.states else None
    if said is _SUBSCRIBED and (bar := _bar(key, state, known)) is not None:
        counts.keep_out(bar)
        return
    if held is None:
        changes.strangers.append(arrival)
        return
    # A list of people who left says nothing new about who they are.
    says_more = said is _SUBSCRIBED and _note_news(arrival, held, tags, changes)
    standing = Standing(subscriber_id=held[0], state=said, act_id=source.act_id, line=line)
    if state is None:
        changes.joined.append(standing)
        counts.added += 1
        return
    moves = heavier(state, said) is not state
    if moves:
        changes.moved.append(standing)
    if moves or says_more:
        counts.updated += 1
    else:
        counts.unchanged += 1


def _bar(key: str, state: SubscriptionState | None, known: Known) -> Bar | None:
    """Why nobody can be subscribed with that address."""
    if key in known.suppressed:
        return Bar.SUPPRESSED
    bar = _BARS.get(state) if state is not None else None
    return Bar.BOUNCED if bar is None and key in known.unreachable else bar


def _note_news(arrival: Arrival, held: Held, tags: Mapping[int, Collection[str]], changes: Changes) -> bool:
    """Whether the arrival says what was not known about the reader; noted among the changes."""
    reader_id = held[0]
    row = _merged(arrival, held)
    new = set(json.loads(arrival[7])) - set(tags.get(reader_id, ())) if arrival[7] else set()
    if row is not None:
        changes.rows[reader_id] = row
    if new:
        changes.tags[reader_id] = new
    return row is not None or bool(new)


def _merged(arrival: Arrival, held: Held) -> SubscriberRow | None:
    """The reader with what the file adds, None where it adds nothing. Empty cells erase nothing."""
    _, key, _, name, language, fields, *_ = arrival
    _, email, present_name, present_language, present_fields = held
    same = name in {"", present_name} and language in {"", present_language}
    if same and fields in {"{}", present_fields}:
        return None
    present = json.loads(present_fields)
    merged = {**present, **json.loads(fields)}
    if same and merged == present:
        return None
    return SubscriberRow(
        address=key,
        email=email,
        name=name or present_name,
        language=language or present_language,
        fields=merged,
    )
