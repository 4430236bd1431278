"""What became of the mailings: the account of one, the line of each, the readers of a class."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trax_mailer.delivery import Progress as Pace
from trax_mailer.delivery import find_mailing, journal_of, list_mailings, progress_of, proof
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import Handover, Mailing, MailingState, Proof, Unreached
from trax_mailer.model.reader_line import ReaderLine
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.storage.journal import JournalEntry
from trax_mailer.storage.readers import readers_at
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.wiring import Workspace

CLASSES: dict[str, tuple[Handover, ...]] = {
    "accepted": (Handover.ACCEPTED,),
    "skipped": (Handover.SKIPPED,),
    "failed": (Handover.FAILED,),
    "uncertain": (Handover.UNCERTAIN,),
    "waiting": (Handover.QUEUED, Handover.CALLING),
}
"""The classes of the proof, and where a delivery of each stands."""

NAMED = 100
"""So many readers of a class are named in an account; `trax status N --readers CLASS` lists all."""

_PAGE = 1000
_MOST_ID = 2**63 - 1  # of SQLite; it refuses to look for a larger one
_RESTING = (MailingState.DONE, MailingState.CANCELLED, MailingState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailing, its proof, the readers who were not surely reached, and what was done with it.

    `unreached` names at most 100 of those who failed, are uncertain or were skipped, of each class.
    """

    mailing: Mailing
    proof: Proof
    unreached: tuple[Unreached, ...]
    journal: tuple[JournalEntry, ...]

    def unnamed(self, handover: Handover) -> int:
        """How many more stand there than are named."""
        named = sum(1 for one in self.unreached if one.handover is handover)
        return max(int(getattr(self.proof, handover.value)) - named, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A mailing at this moment, and how fast it goes."""

    mailing: Mailing
    pace: Pace

    @property
    def resting(self) -> bool:
        """Whether nothing moves any more, unless a person does something."""
        return self.mailing.state in _RESTING


def account_of(ledger: Ledger, mailing_id: int) -> Account:
    """The account of one mailing. Raises Refused when there is no such mailing."""
    mailing = known_mailing(ledger, mailing_id)
    unreached = []
    for name in ("failed", "uncertain", "skipped"):
        with ledger.read() as connection:
            lines = readers_at(connection, mailing_id, CLASSES[name], after=0, limit=NAMED)
        unreached += [
            Unreached(
                delivery=f"{mailing_id}.{one.subscriber_id}",
                email=one.email,
                handover=one.handover,
                reason=one.reason,
            )
            for one in lines
        ]
    return Account(
        mailing=mailing,
        proof=proof(ledger, mailing_id),
        unreached=tuple(unreached),
        journal=tuple(journal_of(ledger, mailing_id)),
    )


def known_mailing(ledger: Ledger, mailing_id: int) -> Mailing:
    """The mailing of that number. Raises Refused where there is none."""
    mailing = find_mailing(ledger, mailing_id) if 0 < mailing_id <= _MOST_ID else None
    if mailing is None:
        raise Refused(f"There is no mailing {mailing_id}.", advice="See them all with: trax status")
    return mailing


def status_of(workspace: Workspace, mailing_id: int) -> Account:
    """The account of one mailing of the workspace."""
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        return account_of(ledger, mailing_id)


def look_at(workspace: Workspace, mailing_id: int) -> Look:
    """The mailing at this moment. Raises Refused where there is none."""
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        return _look(ledger, mailing_id)


def watch(
    workspace: Workspace, mailing_id: int, *, seconds: float, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Look]:
    """The mailing now, and again every so many seconds, until it is done, paused or cancelled.

    Less often where counting takes long, so that at most a fifth of the time goes into watching.
    """
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        while True:
            began = time.monotonic()
            look = _look(ledger, mailing_id)
            took = time.monotonic() - began
            yield look
            if look.resting:
                return
            sleep(max(seconds, 4 * took))


def all_mailings(workspace: Workspace) -> list[tuple[Mailing, Proof]]:
    """Every mailing with its proof, the newest first."""
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        return [(mailing, proof(ledger, mailing.id)) for mailing in list_mailings(ledger)]


def readers_of(workspace: Workspace, mailing_id: int, *, name: str) -> Iterator[ReaderLine]:
    """Every reader of that class of `CLASSES`, in the order of their ids, read a page at a time.

    While the mailing is being sent, a reader who changes class meanwhile may be missing. Raises Refused at
    once where there is no such mailing.
    """
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        known_mailing(ledger, mailing_id)
    return _read_readers(workspace, mailing_id, name=name)


def _read_readers(workspace: Workspace, mailing_id: int, *, name: str) -> Iterator[ReaderLine]:
    with open_ledger(workspace.settings.state, workspace.settings.database) as ledger:
        after = 0
        while True:
            with ledger.read() as connection:
                page = readers_at(connection, mailing_id, CLASSES[name], after=after, limit=_PAGE)
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].subscriber_id


def _look(ledger: Ledger, mailing_id: int) -> Look:
    mailing = known_mailing(ledger, mailing_id)
    return Look(mailing=mailing, pace=progress_of(ledger, mailing_id, now=ledger_now(ledger)))
