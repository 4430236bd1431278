"""Sending in the foreground: this process does the work, and the person who waits may pause or stop it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from trax_mailer.delivery import open_transport, pause, run_mailing
from trax_mailer.errors import Conflict, Refused, TraxError
from trax_mailer.model.mailing import MailingState
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger, open_ledger, open_ring
from trax_mailer.workflows.ledger_time import ledger_now
from trax_mailer.workflows.refused_at_handover import follow_refusals
from trax_mailer.workflows.status import Account, account_of, known_mailing
from trax_mailer.workflows.wiring import Workspace

PAUSED_BY_KEY = "paused with Ctrl-C"
_LOOK_SECONDS = 0.05
_HELD = (
    "Another process is sending mailing {}: this one waits for it, and goes on with it should that one end. "
    "Ctrl-C pauses the mailing for both."
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person wants while a mailing is sent.

    `pause` pauses the mailing for every process; `leave` ends this process's part after the calls under
    way, and leaves the mailing to others.
    """

    pause: Event = field(default_factory=Event)
    leave: Event = field(default_factory=Event)


def send_now(
    workspace: Workspace,
    mailing_id: int,
    *,
    progress: Callable[[int, int], None],
    say: Callable[[str], None],
    wishes: Wishes,
) -> Account:
    """Start or continue the mailing in this process, until it has come to its end, paused or was stopped.

    Raises Refused where it is unknown or cancelled, ProviderError where it can never be sent this way.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        run = functools.partial(
            run_mailing,
            ledger,
            mailing_id,
            open_transport=functools.partial(open_transport, settings),
            ring=open_ring(ledger),
            progress=progress,
            say=say,
        )
        if _is_held(ledger, mailing_id):
            say(_HELD.format(mailing_id))
        with _heeding(ledger, mailing_id, wishes, say=say) as stop:
            run(stop=stop)
        _follow_refusals(ledger, mailing_id, settings, say=say)
        account = account_of(ledger, mailing_id)
        if _came_too_late(account, wishes):
            run(stop=Event())  # Nothing is left to hand over: this closes it.
            account = account_of(ledger, mailing_id)
        return account


def _follow_refusals(
    ledger: Ledger, mailing_id: int, settings: Settings, *, say: Callable[[str], None]
) -> None:
    """What follows for readers can wait: the next failure makes it up, and the send itself is done."""
    try:
        follow_refusals(ledger, mailing_id, rule=settings.bounces.rule)
    except TraxError as error:
        say(f"What follows from refused addresses could not be written down now: {error.message}")


def _is_held(ledger: Ledger, mailing_id: int) -> bool:
    """Whether another process has lanes of the mailing."""
    mailing = known_mailing(ledger, mailing_id)
    return any(ledger.lane_is_held(mailing_id, lane=lane) for lane in range(mailing.lanes))


def _came_too_late(account: Account, wishes: Wishes) -> bool:
    """Whether the person paused a mailing of which everybody was in the last calls."""
    paused = wishes.pause.is_set() and account.mailing.state is MailingState.PAUSED
    return paused and account.proof.holds and account.proof.audience > 0


@contextmanager
def _heeding(
    ledger: Ledger, mailing_id: int, wishes: Wishes, *, say: Callable[[str], None]
) -> Iterator[Event]:
    """Heed the wishes in a thread of their own: keys are pressed at any moment, even in a write."""
    stop, over = Event(), Event()

    def heed() -> None:
        while not over.wait(_LOOK_SECONDS):
            if wishes.pause.is_set():
                _pause(ledger, mailing_id, say=say)
            if wishes.pause.is_set() or wishes.leave.is_set():
                stop.set()
                return

    thread = Thread(target=heed, name="wishes")
    thread.start()
    try:
        yield stop
    finally:
        over.set()
        thread.join()


def _pause(ledger: Ledger, mailing_id: int, *, say: Callable[[str], None]) -> None:
    try:
        pause(ledger, mailing_id, reason=PAUSED_BY_KEY, now=ledger_now(ledger))
    except TraxError as error:
        # What has come to its end meanwhile needs no pause; anything else the person must know.
        if isinstance(error, Conflict) or not isinstance(error, Refused):
            say(f"It could not be paused, so this process alone stops: {error.message}")
