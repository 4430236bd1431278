"""Mailings: one issue sent to one list, its envelope, its state and, at the end, its proof."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from trax_mailer.model.mailing import Envelope, Mailing, MailingState, Proof
from trax_mailer.storage import schema

_table = schema.mailing


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMailing:
    """A mailing to be made."""

    issue_number: int
    issue_title: str
    list_id: int
    edition_hash: str
    transport: str
    envelope: Envelope


def add_mailing(connection: Connection, new: NewMailing, *, now: dt.datetime) -> int:
    """Store the mailing, in draft. Returns its id."""
    values = {
        "issue_number": new.issue_number,
        "issue_title": new.issue_title,
        "list_id": new.list_id,
        "edition_hash": new.edition_hash,
        "transport": new.transport,
        "state": MailingState.DRAFT,
        "reason": "",
        "simulated": new.envelope.simulated,
        "created_at": now,
        "envelope": _envelope_to_data(new.envelope),
    }
    return int(connection.execute(insert(_table).values(values).returning(_table.c.id)).scalar_one())


def load_mailing(connection: Connection, mailing_id: int) -> Mailing | None:
    """The mailing of that id, or None."""
    row = connection.execute(_mailings().where(_table.c.id == mailing_id)).mappings().first()
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


def list_of(connection: Connection, mailing_id: int) -> int:
    """The id of the list that the mailing goes to."""
    return int(connection.execute(select(_table.c.list_id).where(_table.c.id == mailing_id)).scalar_one())


def state_of(connection: Connection, mailing_id: int) -> MailingState:
    """Where the mailing stands."""
    state: MailingState = connection.execute(
        select(_table.c.state).where(_table.c.id == mailing_id)
    ).scalar_one()
    return state


def start_mailing(connection: Connection, mailing_id: int, *, now: dt.datetime) -> bool:
    """From draft or paused to sending. False where it is cancelled or done."""
    changed = connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id)
        .where(_table.c.state.in_([MailingState.DRAFT, MailingState.SENDING, MailingState.PAUSED]))
        .values(state=MailingState.SENDING, reason="")
    )
    connection.execute(
        update(_table).where(_table.c.id == mailing_id, _table.c.started_at.is_(None)).values(started_at=now)
    )
    return changed.rowcount == 1


def pause_mailing(connection: Connection, mailing_id: int, *, reason: str) -> bool:
    """From sending to paused. False where it is not sending."""
    changed = connection.execute(
        update(_table)
        .where(_table.c.id == mailing_id, _table.c.state == MailingState.SENDING)
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
