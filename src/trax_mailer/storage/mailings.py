"""Mailings: one issue sent to one list, its envelope, its state and, at the end, its proof."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from trax_mailer.model.mailing import AudienceKind, Envelope, Mailing, MailingState, Proof
from trax_mailer.storage import schema
from trax_mailer.storage.deliveries import count_proof

_table = schema.mailing
# Built once: every turn of a lane runs it.
_HOLD_COURSE = {
    to_change: select(_table.c.state, _table.c.transport)
    .where(_table.c.id == bindparam("which"))
    .with_for_update(read=not to_change)
    for to_change in (False, True)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMailing:
    """A mailing to be made; with `not_before`, it waits for that time."""

    issue_number: int
    issue_title: str
    list_id: int
    edition_hash: str
    transport: str
    envelope: Envelope
    lanes: int
    batch_size: int
    audience: AudienceKind
    not_before: dt.datetime | None = None


def add_mailing(connection: Connection, new: NewMailing, *, now: dt.datetime) -> int:
    """Store the mailing, in draft or scheduled. Returns its id."""
    values = {
        "issue_number": new.issue_number,
        "issue_title": new.issue_title,
        "list_id": new.list_id,
        "edition_hash": new.edition_hash,
        "transport": new.transport,
        "state": MailingState.SCHEDULED if new.not_before else MailingState.DRAFT,
        "reason": "",
        "simulated": new.envelope.simulated,
        "created_at": now,
        "envelope": _envelope_to_data(new.envelope),
        "not_before": new.not_before,
        "lanes": new.lanes,
        "batch_size": new.batch_size,
        "audience": new.audience,
    }
    return int(connection.execute(insert(_table).values(values).returning(_table.c.id)).scalar_one())


def load_mailing(connection: Connection, mailing_id: int, *, hold: bool = False) -> Mailing | None:
    """The mailing of that id, or None. With `hold`, nobody else changes it until the transaction ends."""
    query = _mailings().where(_table.c.id == mailing_id)
    if hold:
        query = query.with_for_update(of=_table)
    row = connection.execute(query).mappings().first()
    return None if row is None else _mailing(dict(row))


def load_mailings(connection: Connection) -> list[Mailing]:
    """Every mailing, the newest first."""
    rows = connection.execute(_mailings().order_by(_table.c.id.desc())).mappings()
    return [_mailing(dict(row)) for row in rows]


def latest_mailing(
    connection: Connection,
    *,
    issue_number: int,
    list_name: str,
    simulated: bool,
    states: Collection[MailingState],
) -> Mailing | None:
    """The newest mailing of that issue to that list in one of `states`, or None."""
    query = (
        _mailings()
        .where(_table.c.issue_number == issue_number, schema.mailing_list.c.name == list_name)
        .where(_table.c.simulated == simulated, _table.c.state.in_(states))
        .order_by(_table.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else _mailing(dict(row))


def in_state(connection: Connection, *states: MailingState) -> list[Mailing]:
    """The mailings in one of those states, the oldest first."""
    rows = connection.execute(_mailings().where(_table.c.state.in_(states)).order_by(_table.c.id)).mappings()
    return [_mailing(dict(row)) for row in rows]


def others_of_issue(connection: Connection, mailing_id: int, *, issue_number: int) -> list[int]:
    """The ids of the other real mailings of that issue, to whichever list."""
    return list(
        connection.scalars(
            select(_table.c.id)
            .where(_table.c.issue_number == issue_number, ~_table.c.simulated)
            .where(_table.c.id != mailing_id)
        )
    )


def list_of(connection: Connection, mailing_id: int) -> int:
    """The id of the list that the mailing goes to."""
    return int(connection.execute(select(_table.c.list_id).where(_table.c.id == mailing_id)).scalar_one())


def state_of(
    connection: Connection, mailing_id: int, *, hold: bool = False, to_change: bool = False
) -> MailingState:
    """Where the mailing stands. With `hold` it stays there until the transaction ends.

    `to_change` keeps others from holding it as well, for a transaction that may change it.
    """
    query = select(_table.c.state).where(_table.c.id == mailing_id)
    if hold:
        # SQLite has one writer and needs no locks on rows; SQLAlchemy leaves the words away there.
        query = query.with_for_update(read=not to_change)
    state: MailingState = connection.execute(query).scalar_one()
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
        .where(_table.c.id == mailing_id)
        .where(_table.c.state.not_in([MailingState.CANCELLED, MailingState.DONE]))
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
        .where(_table.c.id == mailing_id)
        .where(_table.c.state.not_in([MailingState.CANCELLED, MailingState.DONE]))
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


def store_proof(connection: Connection, mailing_id: int, *, proof: Proof) -> None:
    """Keep the account of a mailing that has come to its end, done or cancelled."""
    ended = [MailingState.DONE, MailingState.CANCELLED]
    connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id, _table.c.state.in_(ended))
        .values(proof=dataclasses.asdict(proof))
    )


def refresh_proof(connection: Connection, mailing_id: int) -> None:
    """Count the account of a mailing anew that had come to its end: evidence or a person settled a doubt."""
    if stored_proof(connection, mailing_id) is not None:
        store_proof(connection, mailing_id, proof=count_proof(connection, mailing_id))


def stored_proof(connection: Connection, mailing_id: int) -> Proof | None:
    """The account as it was kept at the end, None before."""
    data = connection.scalar(select(_table.c.proof).where(_table.c.id == mailing_id))
    return None if data is None else Proof(**data)


def change_transport(connection: Connection, mailing_id: int, transport: str) -> None:
    """What is still queued leaves through that transport; what was handed over stays as it is."""
    connection.execute(update(_table).where(_table.c.id == mailing_id).values(transport=transport))


def _mailings() -> Select[Any]:
    return select(_table, schema.mailing_list.c.name.label("list_name")).join(
        schema.mailing_list, schema.mailing_list.c.id == _table.c.list_id
    )


def _mailing(row: dict[str, Any]) -> Mailing:
    envelope = _envelope_from_data(row.pop("envelope"))
    wanted = {field.name for field in dataclasses.fields(Mailing)}
    return Mailing(envelope=envelope, **{name: value for name, value in row.items() if name in wanted})


def _envelope_to_data(envelope: Envelope) -> dict[str, Any]:
    return dataclasses.asdict(envelope) | {"sent_at": envelope.sent_at.isoformat()}


def _envelope_from_data(data: dict[str, Any]) -> Envelope:
    return Envelope(**data | {"sent_at": dt.datetime.fromisoformat(data["sent_at"])})
