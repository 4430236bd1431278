"""Storing a batch of a file's readers, so that nobody who left, bounced or complained comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from trax_mailer.audience.entries import Entry
from trax_mailer.audience.standing import heavier
from trax_mailer.model.subscriber import Subscriber, SubscriptionState
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the readers come from: the act of the import, and when it was."""

    act_id: int
    at: dt.datetime


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the entries so far."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Present:
    """What the ledger knows of one address. `barred`: suppressed, or known to bounce or complain."""

    reader: Subscriber | None
    state: SubscriptionState | None
    barred: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """What a batch comes to, before it is written."""

    strangers: list[Entry] = field(default_factory=list)
    rows: dict[int, SubscriberRow] = field(default_factory=dict)
    joined: list[Standing] = field(default_factory=list)
    moved: dict[int, Entry] = field(default_factory=dict)


def take_in(
    connection: Connection, list_id: int, entries: Sequence[Entry], *, source: Source, counts: Counts
) -> None:
    """Store the entries, whose keys must all differ; at most some thousand. Adds to `counts`."""
    present = _look_up(connection, list_id, [entry.address.key for entry in entries])
    changes = _Changes()
    for entry in entries:
        _decide(entry, present[entry.address.key], source=source, changes=changes, counts=counts)
    ids = add_subscribers(connection, [_row(entry) for entry in changes.strangers], now=source.at)
    changes.joined.extend(
        _standing(entry, ids[entry.address.key], source=source) for entry in changes.strangers
    )
    update_subscribers(connection, changes.rows)
    add_standings(connection, list_id, changes.joined, now=source.at)
    moved = [_standing(entry, reader_id, source=source) for reader_id, entry in changes.moved.items()]
    change_standings(connection, list_id, moved, now=source.at)


def _look_up(connection: Connection, list_id: int, keys: Sequence[str]) -> dict[str, _Present]:
    readers = subscribers_among(connection, keys)
    ids = [reader.id for reader in readers.values() if reader.id is not None]
    states = states_among(connection, list_id, ids)
    suppressed = suppressed_among(connection, keys)
    unreachable = unreachable_among(connection, ids)
    found = {}
    for key in keys:
        reader = readers.get(key)
        reader_id = reader.id if reader else None
        found[key] = _Present(
            reader=reader,
            state=states.get(reader_id) if reader_id is not None else None,
            barred=key in suppressed or reader_id in unreachable,
        )
    return found


def _decide(entry: Entry, present: _Present, *, source: Source, changes: _Changes, counts: Counts) -> None:
    reader, state = present.reader, present.state
    joins = entry.state is SubscriptionState.SUBSCRIBED
    stays_away = state not in {None, SubscriptionState.SUBSCRIBED, SubscriptionState.PENDING}
    if joins and (present.barred or stays_away):
        counts.kept_out += 1
        return
    if reader is None or reader.id is None:
        changes.strangers.append(entry)
        counts.added += 1
        return
    # A list of people who left says nothing new about who they are.
    row = _merged(entry, reader) if joins else None
    if row is not None:
        changes.rows[reader.id] = row
    if state is None:
        changes.joined.append(_standing(entry, reader.id, source=source))
        counts.added += 1
        return
    moves = heavier(state, entry.state) is not state
    if moves:
        changes.moved[reader.id] = entry
    if moves or row is not None:
        counts.updated += 1
    else:
        counts.unchanged += 1


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
