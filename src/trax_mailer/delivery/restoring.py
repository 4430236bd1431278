"""After a restore: nothing goes out by itself, and nothing that may have been sent goes out again."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection

from trax_mailer.model.mailing import UNFINISHED, Handover, Mailing, MailingState
from trax_mailer.storage import Ledger, deliveries, mailing_states, mailings, proofs
from trax_mailer.storage.events import add_events
from trax_mailer.storage.journal import JournalEntry, add_entry, entries
from trax_mailer.storage.restored import (
    event_key,
    events_since,
    not_surely_sent,
    pause_as_restored,
    put_in_doubt,
    same_mailings,
    stand_in,
)
from trax_mailer.storage.settling import settle_by_events

RESTORED = "restored"
"""The act under which the journal keeps it."""

_KNOWN = "as the ledger says that was replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was stopped: the mailings now paused, and how many deliveries are uncertain because of it."""

    mailings: tuple[int, ...]
    uncertain: int


def hold_everything(connection: Connection, *, made_at: dt.datetime, now: dt.datetime) -> Held:
    """Pause every unfinished mailing of a restored ledger, and put in doubt whoever was not settled in it.

    `made_at` is when the backup was made: each of them may have got their copy since. A scheduled mailing
    does not start any more by itself.
    """
    when = in_words(made_at)
    unfinished = mailings.in_state(connection, *UNFINISHED)
    for mailing in unfinished:
        _pause(connection, mailing, when=when, now=now)
    reason = f"restored from the backup of {when}: it may have been sent after that backup was made"
    ids = tuple(mailing.id for mailing in unfinished)
    return Held(mailings=ids, uncertain=put_in_doubt(connection, unfinished=ids, reason=reason, now=now))


def take_over_knowledge(
    old: Connection, restored: Connection, *, highest_event: int, now: dt.datetime
) -> tuple[int, list[Mailing]]:
    """Settle what the replaced ledger knows of the mailings that both have: its word, and its events.

    `highest_event` is the highest id of an event in the backup. Returns how many deliveries were settled and
    the mailings that only the replaced ledger knows.
    """
    same = same_mailings(restored, old)
    settled = sum(_take_over_mailing(old, restored, mailing_id, now=now) for mailing_id in same)
    settled += _take_over_events(old, restored, set(same), highest_event=highest_event, now=now)
    return settled, [one for one in mailings.load_mailings(old) if one.id not in same]


def note_restored(connection: Connection, words: str, *, now: dt.datetime) -> None:
    """Write down in the journal that the whole ledger was restored."""
    add_entry(connection, mailing_id=None, act=RESTORED, words=words, now=now)


def restored_since(ledger: Ledger) -> JournalEntry | None:
    """The newest entry that says that this ledger was restored from a backup; None where it never was."""
    with ledger.read() as connection:
        found = [entry for entry in entries(connection, None) if entry.act == RESTORED]
    return found[-1] if found else None


def in_words(moment: dt.datetime) -> str:
    """The moment to the minute, in UTC."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def _pause(connection: Connection, mailing: Mailing, *, when: str, now: dt.datetime) -> None:
    words = (
        f"The ledger was restored from the backup of {when}, in which this mailing was {mailing.state}. "
        "It may have been sent since. Look at who is uncertain before you resume or cancel it"
    )
    before = f" (before that: {mailing.reason})" if mailing.reason else ""
    pause_as_restored(connection, mailing.id, reason=f"{words}{before}.")
    add_entry(connection, mailing_id=mailing.id, act="paused", words=f"{words}.", now=now)


def _take_over_mailing(old: Connection, restored: Connection, mailing_id: int, *, now: dt.datetime) -> int:
    before, after = mailings.load_mailing(old, mailing_id), mailings.load_mailing(restored, mailing_id)
    if before is None or after is None:
        return 0
    if (
        before.started_at
        and after.state is MailingState.PAUSED
        and not deliveries.anybody_at(restored, mailing_id, *Handover)
    ):
        # It would be sent again to everybody, because its audience was not written down in the backup.
        reason = f"{_KNOWN}, it was sent at {in_words(before.started_at)}"
        mailing_states.cancel_mailing(restored, mailing_id, reason=reason, now=now)
        add_entry(restored, mailing_id=mailing_id, act="cancelled", words=reason, now=now)
        return 0
    settled = 0
    for part in not_surely_sent(restored, mailing_id):
        known = stand_in(old, mailing_id, list(part))
        changes = [
            deliveries.Settled(subscriber_id=who, handover=new[0], reason=new[1])
            for who, was in part.items()
            if who in known and (new := _truth(was, *known[who])) is not None
        ]
        deliveries.settle(restored, mailing_id, changes, now=now)
        settled += len(changes)
    if settled:
        proofs.refresh_proof(restored, mailing_id)
    return settled


def _truth(was: Handover, known: Handover, reason: str) -> tuple[Handover, str] | None:
    """Where the delivery stands by the later ledger; None where that says nothing more."""
    words = f"{reason} ({_KNOWN})" if reason else _KNOWN
    if known is Handover.ACCEPTED:
        return known, words
    if known in {Handover.UNCERTAIN, Handover.CALLING}:
        return (Handover.UNCERTAIN, words) if was is not Handover.UNCERTAIN else None
    if known in {Handover.FAILED, Handover.SKIPPED} and was is Handover.UNCERTAIN:
        return known, words
    return None


def _take_over_events(
    old: Connection, restored: Connection, same: set[int], *, highest_event: int, now: dt.datetime
) -> int:
    key = event_key(old, highest_event)
    start = highest_event if key is not None and key == event_key(restored, highest_event) else 0
    settled = 0
    for part in events_since(old, start):
        about: dict[int, list[int]] = defaultdict(list)
        for one in part:
            about[one.mailing_id].append(one.subscriber_id)
        add_events(restored, [one for one in part if one.mailing_id in same], now=now)
        for mailing_id in sorted(about.keys() & same):
            settled += settle_by_events(restored, mailing_id, now=now, subscribers=about[mailing_id])
    return settled
