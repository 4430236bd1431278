"""Where a mailing stands and what it goes through: held for a transaction, and moved on."""

from __future__ import annotations

import dataclasses
import datetime as dt

from sqlalchemy import Connection, bindparam, select, update

from trax_mailer.model.mailing import ENDED, MailingState, Proof
from trax_mailer.storage import schema

_table = schema.mailing
# Built once: every turn of a lane runs it. SQLite has one writer and needs no locks on rows; SQLAlchemy
# leaves the words away there.
_HOLD_COURSE = {
    to_change: select(_table.c.state, _table.c.transport)
    .where(_table.c.id == bindparam("which"))
    .with_for_update(read=not to_change)
    for to_change in (False, True)
}


def state_of(connection: Connection, mailing_id: int) -> MailingState:
    """Where the mailing stands."""
    state: MailingState = connection.execute(
        select(_table.c.state).where(_table.c.id == mailing_id)
    ).scalar_one()
    return state


def hold_course(connection: Connection, mailing_id: int, *, to_change: bool) -> tuple[MailingState, str]:
    """Where the mailing stands and the transport it goes through; both stay so until the transaction ends.

    `to_change` keeps others from holding it as well, for a transaction that may change it.
    """
    row = connection.execute(_HOLD_COURSE[to_change], {"which": mailing_id}).one()
    return row.state, row.transport


def start_mailing(connection: Connection, mailing_id: int, *, now: dt.datetime) -> bool:
    """From draft, scheduled or paused to sending. False where it is cancelled or done."""
    changed = connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id, _table.c.state.not_in(ENDED))
        .values(state=MailingState.SENDING, reason="")
    )
    connection.execute(
        update(_table).where(_table.c.id == mailing_id, _table.c.started_at.is_(None)).values(started_at=now)
    )
    return changed.rowcount == 1


def reopen_mailing(connection: Connection, mailing_id: int) -> None:
    """From done back to sending: some of its readers are to be tried again."""
    connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id, _table.c.state == MailingState.DONE)
        .values(state=MailingState.SENDING, reason="", finished_at=None, proof=None)
    )


def pause_mailing(connection: Connection, mailing_id: int, *, reason: str) -> bool:
    """From draft, scheduled or sending to paused. False where it is none of them."""
    states = [MailingState.DRAFT, MailingState.SCHEDULED, MailingState.SENDING]
    changed = connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id, _table.c.state.in_(states))
        .values(state=MailingState.PAUSED, reason=reason)
    )
    return changed.rowcount == 1


def cancel_mailing(connection: Connection, mailing_id: int, *, reason: str, now: dt.datetime) -> bool:
    """To cancelled, for ever. False where it is cancelled or done already."""
    changed = connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id, _table.c.state.not_in(ENDED))
        .values(state=MailingState.CANCELLED, reason=reason, finished_at=now)
    )
    return changed.rowcount == 1


def finish_mailing(connection: Connection, mailing_id: int, *, proof: Proof, now: dt.datetime) -> bool:
    """From sending to done, with its proof. False where it is not sending."""
    changed = connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id, _table.c.state == MailingState.SENDING)
        .values(state=MailingState.DONE, finished_at=now, proof=dataclasses.asdict(proof))
    )
    return changed.rowcount == 1


def change_transport(connection: Connection, mailing_id: int, transport: str) -> None:
    """What is still queued leaves through that transport; what was handed over stays as it is."""
    connection.execute(update(_table).where(_table.c.id == mailing_id).values(transport=transport))
