"""Mailings: one issue sent to one list or segment, in an envelope; made once, and found again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from trax_mailer.model.mailing import AudienceKind, Envelope, Mailing, MailingState
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage import schema

_table = schema.mailing


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
    tracking: TrackingMode = TrackingMode.NONE
    not_before: dt.datetime | None = None
    segment: str = ""
    segment_rule: str = ""


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
        "tracking": new.tracking,
        "segment": new.segment,
        "segment_rule": new.segment_rule,
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
    segment: str = "",
    simulated: bool,
    states: Collection[MailingState],
) -> Mailing | None:
    """The newest mailing of that issue to that list, or to that segment of it, in one of `states`."""
    query = (
        _mailings()
        .where(_table.c.issue_number == issue_number, schema.mailing_list.c.name == list_name)
        .where(_table.c.segment == segment)
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
