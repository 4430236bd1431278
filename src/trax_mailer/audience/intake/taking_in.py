"""Storing readers whom the ledger knows already, so that nobody who left, bounced or complained comes back.

First it is decided what becomes of each, which changes nothing; a dry run ends there.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Connection

from trax_mailer.audience.addresses import Address
from trax_mailer.audience.intake.entries import Entry
from trax_mailer.audience.intake.reports import Bar, Counts
from trax_mailer.audience.standing import heavier
from trax_mailer.model.subscriber import Subscriber, SubscriptionState
from trax_mailer.storage.arrivals import Arrival
from trax_mailer.storage.backends.base import as_json
from trax_mailer.storage.subscribers import (
    SubscriberRow,
    add_subscribers,
    subscribers_among,
    update_subscribers,
)
from trax_mailer.storage.subscriptions import (
    Standing,
    add_standings,
    change_standings,
    states_among,
    unreachable_among,
)
from trax_mailer.storage.suppressions import suppressed_among
from trax_mailer.storage.tags import add_tags, tags_among

_BARS = {
    SubscriptionState.UNSUBSCRIBED: Bar.LEFT,
    SubscriptionState.BOUNCED: Bar.BOUNCED,
    SubscriptionState.COMPLAINED: Bar.COMPLAINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the readers come from: the list they join, the act of the import, and when it was.

    `list_id` is None where a dry run meets a list that does not exist. `tagged` says whether any has tags.
    """

    list_id: int | None
    act_id: int
    at: dt.datetime
    tagged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Present:
    """What the ledger knows of one address. `bar` is why nobody can be subscribed with it."""

    reader: Subscriber | None
    state: SubscriptionState | None
    tags: tuple[str, ...]
    bar: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What some entries come to, before it is written."""

    strangers: list[Entry] = field(default_factory=list)
    rows: dict[int, SubscriberRow] = field(default_factory=dict)
    joined: list[Standing] = field(default_factory=list)
    moved: list[Standing] = field(default_factory=list)
    tags: dict[int, set[str]] = field(default_factory=dict)


def to_arrival(entry: Entry) -> Arrival:
    """The entry as the ledger's desk takes it."""
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


def from_arrival(arrival: Arrival) -> Entry:
    """The entry back from there."""
    line, key, email, name, language, fields, state, tags = arrival
    return Entry(
        line=line,
        address=Address(email, key),
        name=name,
        language=language,
        fields=MappingProxyType(json.loads(fields)),
        state=SubscriptionState(state),
        tags=tuple(json.loads(tags)) if tags else (),
    )


def decide(
    connection: Connection,
    entries: Sequence[Entry],
    *,
    source: Source,
    erased: AbstractSet[str],
    counts: Counts,
) -> Changes:
    """What becomes of the entries, whose keys must all differ; at most some thousand. Adds to `counts`."""
    present = _look_up(connection, source.list_id, [entry.address.key for entry in entries])
    changes = Changes()
    for entry in entries:
        if entry.address.key in erased:
            counts.keep_out(Bar.ERASED)
        else:
            _decide(entry, present[entry.address.key], source=source, changes=changes, counts=counts)
    return changes


def carry_out(connection: Connection, changes: Changes, *, source: Source) -> None:
    """Write the changes."""
    assert source.list_id is not None  # noqa: S101 - narrows a type: a dry run does not come here
    ids = add_subscribers(connection, [_row(entry) for entry in changes.strangers], now=source.at)
    joined = [
        *changes.joined,
        *(_standing(entry, ids[entry.address.key], source=source) for entry in changes.strangers),
    ]
    update_subscribers(connection, changes.rows)
    add_standings(connection, source.list_id, joined, now=source.at)
    change_standings(connection, source.list_id, changes.moved, now=source.at)
    tags: Mapping[int, set[str]] = changes.tags | {
        ids[entry.address.key]: set(entry.tags) for entry in changes.strangers if entry.tags
    }
    add_tags(connection, tags)


def _look_up(connection: Connection, list_id: int | None, keys: Sequence[str]) -> dict[str, _Present]:
    readers = subscribers_among(connection, keys)
    ids = [reader.id for reader in readers.values() if reader.id is not None]
    states = states_among(connection, list_id, ids) if list_id is not None else {}
    suppressed = suppressed_among(connection, keys)
    unreachable = unreachable_among(connection, ids)
    tags = tags_among(connection, ids)
    found = {}
    for key in keys:
        reader = readers.get(key)
        reader_id = reader.id if reader is not None and reader.id is not None else 0
        state = states.get(reader_id)
        bar = _BARS.get(state) if state is not None else None
        if key in suppressed:
            bar = Bar.SUPPRESSED
        elif bar is None and reader_id in unreachable:
            bar = Bar.BOUNCED
        found[key] = _Present(reader=reader, state=state, tags=tags.get(reader_id, ()), bar=bar)
    return found


def _decide(entry: Entry, present: _Present, *, source: Source, changes: Changes, counts: Counts) -> None:
    reader, state = present.reader, present.state
    joins = entry.state is SubscriptionState.SUBSCRIBED
    if joins and present.bar is not None:
        counts.keep_out(present.bar)
        return
    if reader is None or reader.id is None:
        changes.strangers.append(entry)
        counts.added += 1
        return
    # A list of people who left says nothing new about who they are.
    says_more = joins and _note_news(entry, reader, present.tags, changes)
    if state is None:
        changes.joined.append(_standing(entry, reader.id, source=source))
        counts.added += 1
        return
    moves = heavier(state, entry.state) is not state
    if moves:
        changes.moved.append(_standing(entry, reader.id, source=source))
    if moves or says_more:
        counts.updated += 1
    else:
        counts.unchanged += 1


def _note_news(entry: Entry, reader: Subscriber, tags: Sequence[str], changes: Changes) -> bool:
    """Whether the entry says what was not known about the reader; noted among the changes."""
    assert reader.id is not None  # noqa: S101 - narrows a type
    row = _merged(entry, reader)
    new = set(entry.tags) - set(tags)
    if row is not None:
        changes.rows[reader.id] = row
    if new:
        changes.tags[reader.id] = new
    return row is not None or bool(new)


def _row(entry: Entry) -> SubscriberRow:
    return SubscriberRow(
        address=entry.address.key,
        email=entry.address.email,
        name=entry.name,
        language=entry.language,
        fields=entry.fields,
    )


def _merged(entry: Entry, reader: Subscriber) -> SubscriberRow | None:
    """The reader with what the file adds, None where it adds nothing. Empty cells erase nothing."""
    fields = {**reader.fields, **entry.fields}
    name, language = entry.name or reader.name, entry.language or reader.language
    if (name, language, fields) == (reader.name, reader.language, dict(reader.fields)):
        return None
    return SubscriberRow(
        address=entry.address.key, email=reader.email, name=name, language=language, fields=fields
    )


def _standing(entry: Entry, reader_id: int, *, source: Source) -> Standing:
    return Standing(subscriber_id=reader_id, state=entry.state, act_id=source.act_id, line=entry.line)
