"""The steps of a restore: what is prepared beside the present ledger before anything is replaced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection

from trax_mailer.audience.carrying_over import (
    keep_out_departed,
    keep_out_suppressed,
    keep_provider_entries,
    keep_untracked,
)
from trax_mailer.audience.carrying_people import keep_erased, keep_moved
from trax_mailer.delivery.restoring import Held, hold_everything, in_words, note_restored, take_over_knowledge
from trax_mailer.errors import TraxError
from trax_mailer.model.mailing import Mailing
from trax_mailer.storage import Ledger, open_ring
from trax_mailer.storage.backup_file import About
from trax_mailer.storage.contents import highest_ids, leave_gap
from trax_mailer.storage.proofs import count_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What was taken over from the ledger that is replaced.

    `settled` counts deliveries, `departed` standings, `erased`, `moved` and `untracked` readers who were
    erased, changed their address or withdrew a consent to tracking since; `newcomers` are the readers who
    joined since and are not in the backup. `unknown` are the mailings made since. `unread` says what could
    not be read.
    """

    settled: int = 0
    departed: int = 0
    suppressed: int = 0
    newcomers: int = 0
    erased: int = 0
    moved: int = 0
    untracked: int = 0
    unknown: tuple[Mailing, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore came to. `paused` are mailings, `uncertain` counts who is uncertain in them.

    `kept` are the files in which the replaced ledger, and a replaced key ring, are kept.
    """

    made_at: dt.datetime
    paused: tuple[int, ...]
    uncertain: int
    lessons: Lessons = field(default_factory=Lessons)
    kept: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """The backup, unpacked into a ledger of its own and held; `highest` are the ids it had given."""

    ledger: Ledger
    about: About
    highest: Mapping[str, int]
    held: Held
    now: dt.datetime


def stage(ledger: Ledger, about: About, *, now: dt.datetime) -> Staged:
    """Hold everything that could go out from the unpacked ledger, and leave a gap in its ids."""
    with ledger.write() as connection:
        highest = highest_ids(connection)
        held = hold_everything(connection, made_at=about.made_at, now=now)
        leave_gap(connection, highest)
    return Staged(ledger=ledger, about=about, highest=highest, held=held, now=now)


def learn(old: Connection, staged: Staged) -> Lessons:
    """Take over from the ledger that is replaced what must not be forgotten."""
    lessons = Lessons()
    for step in _STEPS.values():
        with staged.ledger.write() as restored:
            lessons = step(old, restored, staged, lessons)
    return lessons


def learn_what_can_be_read(old: Ledger, staged: Staged) -> Lessons:
    """The same from a damaged ledger: each step is taken whole or not at all."""
    lessons, unread = Lessons(), []
    for name, step in _STEPS.items():
        try:
            with old.read() as connection, staged.ledger.write() as restored:
                lessons = step(connection, restored, staged, lessons)
        except TraxError:
            unread.append(name)
    return replace(lessons, unread=tuple(unread))


def conclude(staged: Staged, lessons: Lessons, *, kept: tuple[Path, ...]) -> Restored:
    """Write into the journal of the unpacked ledger what was done; the last thing before the end."""
    with staged.ledger.write() as connection:
        words = f"from the backup of {in_words(staged.about.made_at)}"
        if lessons.unknown:
            since = ", ".join(
                f"{one.id} (No {one.issue_number} to “{one.list_name}”)" for one in lessons.unknown
            )
            words += f"; made since, and not known here: {since}"
        if lessons.unread:
            words += f"; the ledger before was damaged: {', '.join(lessons.unread)} could not be taken over"
        note_restored(connection, words, now=staged.now)
        proofs = [count_proof(connection, mailing_id) for mailing_id in staged.held.mailings]
    return Restored(
        made_at=staged.about.made_at,
        paused=staged.held.mailings,
        uncertain=sum(proof.uncertain for proof in proofs),
        lessons=lessons,
        kept=kept,
    )


def _moved(old: Connection, restored: Connection, staged: Staged, lessons: Lessons) -> Lessons:
    return replace(lessons, moved=keep_moved(old, restored, now=staged.now))


def _departed(old: Connection, restored: Connection, staged: Staged, lessons: Lessons) -> Lessons:
    departed, newcomers = keep_out_departed(old, restored, highest=staged.highest, now=staged.now)
    return replace(lessons, departed=departed, newcomers=newcomers)


def _suppressed(old: Connection, restored: Connection, _staged: Staged, lessons: Lessons) -> Lessons:
    return replace(lessons, suppressed=keep_out_suppressed(old, restored))


def _erased(old: Connection, restored: Connection, staged: Staged, lessons: Lessons) -> Lessons:
    ring = open_ring(staged.ledger)
    return replace(lessons, erased=keep_erased(old, restored, ring=ring, now=staged.now))


def _untracked(old: Connection, restored: Connection, staged: Staged, lessons: Lessons) -> Lessons:
    return replace(lessons, untracked=keep_untracked(old, restored, now=staged.now))


def _provider(old: Connection, restored: Connection, _staged: Staged, lessons: Lessons) -> Lessons:
    keep_provider_entries(old, restored)
    return lessons


def _knowledge(old: Connection, restored: Connection, staged: Staged, lessons: Lessons) -> Lessons:
    highest = staged.highest["event"]
    settled, unknown = take_over_knowledge(old, restored, highest_event=highest, now=staged.now)
    return replace(lessons, settled=settled, unknown=tuple(unknown))


def _ids(old: Connection, restored: Connection, _staged: Staged, lessons: Lessons) -> Lessons:
    leave_gap(restored, highest_ids(old))
    return lessons


_STEPS: dict[str, Callable[[Connection, Connection, Staged, Lessons], Lessons]] = {
    "who changed their address": _moved,
    "who left": _departed,
    "who is suppressed": _suppressed,
    "who was erased": _erased,
    "who does not want to be tracked": _untracked,
    "the provider's lists": _provider,
    "what became of deliveries": _knowledge,
    "the numbers given": _ids,
}
