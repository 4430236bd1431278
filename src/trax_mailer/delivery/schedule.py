"""What is due: scheduled mailings whose time has come, and lanes that nobody works on."""

from __future__ import annotations

import datetime as dt

from trax_mailer.delivery.claiming import end
from trax_mailer.delivery.control import pause_by_itself, set_going
from trax_mailer.delivery.plan import load_made
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import BatchState, Handover, Mailing, MailingState
from trax_mailer.storage import Ledger, deliveries, mailings
from trax_mailer.storage.lanes import due_lanes, open_lanes


def due_mailings(ledger: Ledger, *, now: dt.datetime) -> list[Mailing]:
    """The scheduled mailings whose time has come, the oldest first."""
    with ledger.read() as connection:
        waiting = mailings.in_state(connection, MailingState.SCHEDULED)
    return [one for one in waiting if one.not_before is None or one.not_before <= now]


def start_scheduled(ledger: Ledger, mailing_id: int, *, late: dt.timedelta, now: dt.datetime) -> Mailing:
    """Begin a mailing that is due; pause it, with the reason, where it is over `late` or goes to nobody.

    One that is not due, or not scheduled any more, is left as it is. Raises Refused where there is none.
    """
    try:
        with ledger.write() as connection:
            mailing = load_made(connection, mailing_id, hold=True)
            behind = now - (mailing.not_before or now)
            if mailing.state is not MailingState.SCHEDULED or behind < dt.timedelta():
                return mailing
            if behind > late:
                pause_by_itself(connection, mailing.id, reason=_missed(behind), now=now)
            else:
                # Here and not later: a person who pauses it meanwhile must find it started, or stop it.
                set_going(connection, mailing, act="started", now=now)
            return load_made(connection, mailing_id)
    except Refused as nobody:
        with ledger.write() as connection:
            mailing = load_made(connection, mailing_id, hold=True)
            if mailing.state is MailingState.SCHEDULED:
                pause_by_itself(connection, mailing.id, reason=nobody.message, now=now)
            return load_made(connection, mailing_id)


def end_finished(ledger: Ledger, *, now: dt.datetime) -> list[Mailing]:
    """End the sending mailings in which nobody waits and that nobody holds; returns them as they are then.

    A sender that is killed right after the last answer leaves its mailing so.
    """
    with ledger.read() as connection:
        left = [
            one
            for one in mailings.in_state(connection, MailingState.SENDING)
            if not one.simulated
            and not deliveries.anybody_at(connection, one.id, Handover.QUEUED, Handover.CALLING)
        ]
    ended = []
    for one in left:
        if not any(ledger.lane_is_held(one.id, lane=lane) for lane in range(one.lanes)):
            with ledger.write(alone=False) as connection:
                end(connection, one.id, now=now)
                ended.append(load_made(connection, one.id))
    return ended


def lanes_to_run(ledger: Ledger, *, now: dt.datetime) -> list[tuple[int, int]]:
    """The lanes, as mailing and number, of real mailings that have something to do and that nobody holds.

    A call whose holder has ended is something to do, whatever became of its mailing since.
    """
    with ledger.read() as connection:
        sending = {one.id for one in mailings.in_state(connection, MailingState.SENDING) if not one.simulated}
        ready = due_lanes(connection, now=now)
        orphaned = open_lanes(connection, BatchState.CALLING)
        simulated = {one.id for one in mailings.load_mailings(connection) if one.simulated}
    lanes = {one for one in ready if one[0] in sending}
    lanes |= {one for one in orphaned if one[0] not in simulated}
    return [one for one in sorted(lanes) if not ledger.lane_is_held(one[0], lane=one[1])]


def _missed(behind: dt.timedelta) -> str:
    hours, minutes = divmod(int(behind.total_seconds()) // 60, 60)
    return (
        f"It was due {hours} h {minutes} min ago and nothing was running that could have sent it. It is not "
        "sent late by itself: resume it to send it now, or cancel it."
    )
