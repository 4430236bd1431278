"""Control of a mailing from any process: begin, pause, resume, cancel, retry. Each is one transaction."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from trax_mailer.delivery.claiming import end
from trax_mailer.delivery.plan import load_made, others_that_count, write_audience
from trax_mailer.delivery.transports.base import Transport
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import ENDED, Handover, Mailing, MailingState
from trax_mailer.storage import Ledger, accounts, batches, deliveries, mailing_states
from trax_mailer.storage.journal import add_entry
from trax_mailer.storage.snapshot import having_it

CANCELLED = "the mailing was cancelled"
_UNSTARTED = (MailingState.SCHEDULED, MailingState.PAUSED)


def begin(ledger: Ledger, mailing_id: int, *, now: dt.datetime) -> Mailing:
    """Set the mailing to sending, and write its audience down where that was not done yet.

    A mailing that is done stays done. Raises Refused where it is unknown or cancelled, or nobody is left.
    """
    with ledger.write() as connection:
        mailing = load_made(connection, mailing_id, hold=True)
        if mailing.state in {MailingState.DONE, MailingState.SENDING}:
            return mailing
        set_going(connection, mailing, act="started" if mailing.started_at is None else "resumed", now=now)
        return load_made(connection, mailing_id)


def pause(ledger: Ledger, mailing_id: int, *, reason: str, now: dt.datetime) -> Mailing:
    """No call starts any more. Calls under way are still answered, and their answers written down.

    Raises Refused where the mailing is unknown, or neither scheduled nor sending.
    """
    with ledger.write() as connection:
        mailing = load_made(connection, mailing_id, hold=True)
        if not mailing_states.pause_mailing(connection, mailing_id, reason=reason):
            raise Refused(f"Mailing {mailing_id} cannot be paused: it is {mailing.state}.")
        add_entry(connection, mailing_id=mailing_id, act="paused", words=reason, now=now)
        return load_made(connection, mailing_id)


def resume(
    ledger: Ledger, mailing_id: int, *, now: dt.datetime, transport: Transport | None = None
) -> Mailing:
    """Let a paused mailing go on, or a scheduled one begin now; `transport` is what it goes on through.

    What was accepted, or may have been, stays so: only who is queued leaves through the new transport.
    Raises Refused where the mailing is unknown or at its end, or simulated and the transport is not.
    """
    with ledger.write() as connection:
        mailing = load_made(connection, mailing_id, hold=True)
        if mailing.state in ENDED:
            raise Refused(f"Mailing {mailing_id} cannot be resumed: it is {mailing.state}.")
        if transport is not None and transport.name != mailing.transport:
            _fail_over(connection, mailing, transport, now=now)
        if mailing.state is not MailingState.SENDING:
            set_going(connection, mailing, act="resumed", now=now)
        return load_made(connection, mailing_id)


def cancel(ledger: Ledger, mailing_id: int, *, reason: str, now: dt.datetime) -> Mailing:
    """No further call starts, ever. Who waits is skipped; calls under way are still written down.

    Raises Refused where the mailing is unknown or has come to its end.
    """
    with ledger.write() as connection:
        mailing = load_made(connection, mailing_id, hold=True)
        if not mailing_states.cancel_mailing(connection, mailing_id, reason=reason, now=now):
            raise Refused(f"Mailing {mailing_id} cannot be cancelled: it is {mailing.state}.")
        deliveries.skip_queued(connection, mailing_id, reason=CANCELLED, now=now)
        batches.close_ready(connection, mailing_id, now=now)
        add_entry(connection, mailing_id=mailing_id, act="cancelled", words=reason, now=now)
        end(connection, mailing_id, now=now)
        return load_made(connection, mailing_id)


def pause_by_itself(connection: Connection, mailing_id: int, *, reason: str, now: dt.datetime) -> None:
    """Pause a sending mailing for a reason that no person gave, and say so in the journal."""
    if mailing_states.pause_mailing(connection, mailing_id, reason=reason):
        add_entry(connection, mailing_id=mailing_id, act="paused", words=reason, now=now)


def retry_failed(ledger: Ledger, mailing_id: int, *, now: dt.datetime) -> int:
    """Everybody who failed waits again, and the mailing is sending. Returns how many.

    Who got the issue since, through another mailing, is left as they are. Raises Refused where the mailing
    is unknown or cancelled, or nobody is to be tried again.
    """
    with ledger.write() as connection:
        mailing = load_made(connection, mailing_id)
        if mailing.state is MailingState.CANCELLED:
            raise Refused(f"Mailing {mailing_id} was cancelled: nobody of it can be tried again.")
        others = others_that_count(connection, mailing)
        count = requeue_all(connection, mailing, was=Handover.FAILED, now=now, besides=others)
        if not count and deliveries.anybody_at(connection, mailing_id, Handover.FAILED):
            raise Refused(f"Whoever failed in mailing {mailing_id} has the issue since, through another one.")
        if not count:
            raise Refused(f"Nobody failed in mailing {mailing_id}.")
        words = f"{count} who had failed are tried again"
        add_entry(connection, mailing_id=mailing_id, act="retried", words=words, now=now)
        go_on(connection, mailing, now=now)
        return count


def requeue_all(
    connection: Connection,
    mailing: Mailing,
    *,
    was: Handover,
    now: dt.datetime,
    only: frozenset[int] | None = None,
    besides: tuple[int, ...] = (),
) -> int:
    """Put those who stand at `was` into new batches, in all lanes in turn. Returns how many.

    All of them, or `only` those; never who has the issue through one of the mailings of `besides`.
    """
    count, after, number = 0, 0, 0
    while found := accounts.next_at(connection, mailing.id, was, after=after, limit=mailing.batch_size):
        after = found[-1]
        going = found if only is None else [one for one in found if one in only]
        if besides:
            have_it = having_it(connection, besides, going)
            going = [one for one in going if one not in have_it]
        for topics, alike in batches.by_topics(connection, mailing.id, going).items() if going else ():
            lane = number % mailing.lanes
            batch_id = batches.add_batch(connection, mailing.id, lane=lane, now=now, topics=topics)
            # Proof may have come since they were read: who is not there any more stays where they are.
            count += deliveries.requeue(connection, mailing.id, alike, was=was, batch_id=batch_id, now=now)
            number += 1
    return count


def go_on(connection: Connection, mailing: Mailing, *, now: dt.datetime) -> None:
    """The mailing is sending, whether it was done or paused before."""
    mailing_states.reopen_mailing(connection, mailing.id)
    mailing_states.start_mailing(connection, mailing.id, now=now)


def set_going(connection: Connection, mailing: Mailing, *, act: str, now: dt.datetime) -> None:
    """Set a mailing that is held to sending, and write its audience down where that was not done yet.

    Raises Refused where it was cancelled, or nobody is left; the caller's transaction must end then.
    """
    if not mailing_states.start_mailing(connection, mailing.id, now=now):
        raise Refused(f"Mailing {mailing.id} was cancelled.", advice="A new one can be made.")
    unwritten = not deliveries.anybody_at(connection, mailing.id, *Handover)
    if mailing.state in _UNSTARTED and unwritten:
        write_audience(connection, mailing, now=now)
    add_entry(connection, mailing_id=mailing.id, act=act, words=f"through {mailing.transport}", now=now)
    end(connection, mailing.id, now=now)  # at once, where everybody is to be skipped


def _fail_over(connection: Connection, mailing: Mailing, transport: Transport, *, now: dt.datetime) -> None:
    if transport.simulated is not mailing.simulated:
        raise Refused(
            f"Mailing {mailing.id} cannot go on through {transport.name}: "
            + ("it is simulated." if mailing.simulated else "that would only simulate it."),
            advice="Choose another transport: smtp or sendgrid send, folder writes files.",
        )
    mailing_states.change_transport(connection, mailing.id, transport.name)
    words = f"from {mailing.transport} to {transport.name}"
    add_entry(connection, mailing_id=mailing.id, act="failed over", words=words, now=now)
