"""A lane: one line of batches, driven by one thread that holds the lane's lock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from threading import Event

from trax_mailer.delivery import claiming
from trax_mailer.delivery.control import pause_by_itself
from trax_mailer.delivery.course import Course
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.letters import letters_of
from trax_mailer.delivery.pacing import Pacing
from trax_mailer.delivery.patience import Patience
from trax_mailer.delivery.plan import load_made
from trax_mailer.delivery.transports.base import Transport
from trax_mailer.delivery.turns import LaneLost, Turns
from trax_mailer.errors import BadState, ProviderError, Refused
from trax_mailer.model.mailing import Mailing, MailingState
from trax_mailer.storage import Ledger
from trax_mailer.storage.editions import load_edition
from trax_mailer.storage.mailings import list_of
from trax_mailer.tokens import KeyRing

__all__ = ["LaneLost", "run_lane"]


def run_lane(  # noqa: PLR0913 - its parts are passed in
    ledger: Ledger,
    mailing_id: int,
    *,
    lane: int,
    transport: Transport,
    ring: KeyRing,
    progress: Callable[[int], None] = lambda _settled: None,
    stop: Event | None = None,
    now: Callable[[], dt.datetime] | None = None,
    course: Course | None = None,
    say: Callable[[str], None] = lambda _words: None,
) -> None:
    """Work the lane off while the mailing is sending, until nobody in it waits or `stop` is set.

    `progress` takes how many readers were settled since it was called last; `say` takes the reason each time
    the ledger has to be waited for. What became of it is in the ledger: a mailing that paused says why.
    Raises Conflict where another process holds the lane, LaneLost where the lock was lost on the way, Refused
    where the mailing goes through another transport, and BadState or Conflict where the ledger stayed away
    for five minutes.
    """
    with ledger.lane_lock(mailing_id, lane=lane) as lock:
        opened = _open(ledger, mailing_id, lane=lane, transport=transport, now=now)
        if opened is not None:
            mailing, list_id, letter_for = opened
            course = course or Course(Patience())
            turns = Turns(
                ledger=ledger,
                mailing=mailing,
                lane=lane,
                list_id=list_id,
                transport=transport,
                letter_for=letter_for,
                ring=ring,
                now=now,
                course=course,
                pacing=Pacing(transport, patience=course.patience),
                say=say,
            )
            turns.run(lock, progress=progress, stop=stop or Event())


def _open(
    ledger: Ledger,
    mailing_id: int,
    *,
    lane: int,
    transport: Transport,
    now: Callable[[], dt.datetime] | None,
) -> tuple[Mailing, int, Callable[[str], Letter]] | None:
    """Settle what an earlier holder left, and open the letter of the whole edition.

    Returns the mailing, the id of its list, and what gives the letter for topics. None where the mailing is
    not sending.
    """
    with ledger.write(alone=False) as connection:
        moment = now() if now else ledger.clock(connection)
        mailing = load_made(connection, mailing_id)
        claiming.take_over(connection, mailing_id, lane=lane, now=moment)
        edition = load_edition(connection, mailing.edition_hash)
        list_id = list_of(connection, mailing_id)
    if mailing.state is not MailingState.SENDING:
        with ledger.write(alone=False) as connection:
            claiming.end(connection, mailing_id, now=moment)
        return None
    if edition is None:
        raise BadState(f"The edition of mailing {mailing_id} is missing from the ledger.")
    if (mailing.transport, mailing.simulated) != (transport.name, transport.simulated):
        raise Refused(
            f"Mailing {mailing_id} goes through {mailing.transport}, not through {transport.name}.",
            advice=f"To change that: trax resume {mailing_id} --through {transport.name}",
        )
    letter_for = letters_of(mailing, edition)
    try:
        transport.open(letter_for(""))
    except ProviderError as error:
        with ledger.write(alone=False) as connection:
            pause_by_itself(connection, mailing_id, reason=str(error), now=moment)
        raise
    return mailing, list_id, letter_for
