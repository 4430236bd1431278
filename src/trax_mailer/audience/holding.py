"""Everything that the ledger holds on a reader, brought together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from trax_mailer.model.act import Act
from trax_mailer.model.holding import (
    HeldAct,
    HeldConsent,
    HeldDelivery,
    HeldEvent,
    HeldNotice,
    HeldProviderEntry,
    HeldStep,
    HeldSubscription,
    HeldSuppression,
    HeldVisit,
    Holding,
)
from trax_mailer.storage import Ledger, holdings
from trax_mailer.storage.acts import acts_about, acts_among, find_wording
from trax_mailer.storage.blanking import ERASED
from trax_mailer.storage.moves import former_addresses
from trax_mailer.storage.subscribers import StoredReader, stored_reader
from trax_mailer.storage.subscriptions import Standing, Step, lists_of, steps_of
from trax_mailer.storage.suppressions import find_suppression
from trax_mailer.storage.tags import tags_of

__all__ = ["Holding", "holding_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the parts of a holding refer to: lists by id (name and title), acts by id."""

    lists: Mapping[int, tuple[str, str]]
    acts: Mapping[int, HeldAct]


def holding_of(ledger: Ledger, subscriber_id: int) -> Holding | None:
    """Everything held on the reader of that id; None where there is nobody, or they were erased."""
    with ledger.read() as connection:
        stored = stored_reader(connection, subscriber_id)
        if stored is None or stored.address.startswith(ERASED):
            return None
        return _holding(connection, stored, subscriber_id)


def _holding(connection: Connection, stored: StoredReader, reader_id: int) -> Holding:
    steps = steps_of(connection, reader_id)
    consents = holdings.consents_of(connection, reader_id)
    about = acts_about(connection, reader_id)
    known = _known(connection, steps, consents)
    reader = stored.reader
    return Holding(
        id=reader_id,
        address=reader.email,
        former_addresses=tuple(former_addresses(connection, reader_id)),
        name=reader.name,
        language=reader.language,
        since=stored.created_at,
        fields=reader.fields,
        tags=tags_of(connection, reader_id),
        suppression=_suppression(connection, stored.address),
        subscriptions=_subscriptions(lists_of(connection, reader_id), steps, known=known),
        tracking=tuple(_consent(row, known=known) for row in consents),
        steps=tuple(_step(step, known=known) for step in steps),
        acts=tuple(_act(connection, act) for act in about),
        deliveries=_deliveries(connection, reader_id, known=known),
        visits=tuple(
            HeldVisit(kind=row.kind.value, issue=row.issue_number, link=row.link, at=row.at)
            for row in holdings.visits_of(connection, reader_id)
        ),
        notices=tuple(
            HeldNotice(kind=row.kind, state=row.state, made_at=row.made_at)
            for row in holdings.notices_of(connection, reader_id, address=stored.address)
        ),
        provider_lists=tuple(
            HeldProviderEntry(provider=row.provider, list_name=row.list, since=row.since, reason=row.reason)
            for row in holdings.provider_lists_of(connection, stored.address)
        ),
    )


def _known(connection: Connection, steps: Sequence[Step], consents: Sequence[Row[Any]]) -> _Known:
    ids = {step.act_id for step in steps} | {row.given_act_id for row in consents}
    acts = acts_among(connection, ids)
    return _Known(
        lists=holdings.titles_of_lists(connection),
        acts={act_id: _act(connection, act) for act_id, act in acts.items()},
    )


def _act(connection: Connection, act: Act) -> HeldAct:
    wording = find_wording(connection, act.wording_id) if act.wording_id is not None else None
    return HeldAct(
        kind=act.kind,
        at=act.at,
        by=act.by,
        source=act.source,
        words=act.words,
        wording=wording.text if wording else "",
        details=act.details,
    )


def _suppression(connection: Connection, address: str) -> HeldSuppression | None:
    found = find_suppression(connection, address)
    if found is None:
        return None
    return HeldSuppression(reason=found.reason, since=found.since, by=found.source)


def _subscriptions(
    standings: Mapping[int, Standing], steps: Sequence[Step], *, known: _Known
) -> tuple[HeldSubscription, ...]:
    since: dict[int, dt.datetime] = {step.list_id: step.at for step in steps}
    return tuple(
        HeldSubscription(
            list_name=known.lists[list_id][0],
            list_title=known.lists[list_id][1],
            state=standing.state,
            since=since[list_id],
            topics=standing.topics,
            untracked=standing.untracked,
        )
        for list_id, standing in standings.items()
    )


def _step(step: Step, *, known: _Known) -> HeldStep:
    name, title = known.lists[step.list_id]
    act = known.acts[step.act_id]
    return HeldStep(list_name=name, list_title=title, state=step.state, at=step.at, line=step.line, act=act)


def _consent(row: Row[Any], *, known: _Known) -> HeldConsent:
    return HeldConsent(
        list_title=known.lists[row.list_id][1],
        given_at=row.given_at,
        withdrawn_at=row.withdrawn_at,
        wording=known.acts[row.given_act_id].wording,
    )


def _deliveries(connection: Connection, reader_id: int, *, known: _Known) -> tuple[HeldDelivery, ...]:
    rows = holdings.deliveries_of(connection, reader_id)
    events: dict[int, list[HeldEvent]] = {}
    for row in holdings.events_of(connection, reader_id, mailings=[row.mailing_id for row in rows]):
        event = HeldEvent(kind=row.kind.value, at=row.occurred_at, reason=row.reason)
        events.setdefault(row.mailing_id, []).append(event)
    return tuple(
        HeldDelivery(
            mailing=row.mailing_id,
            issue=row.issue_number,
            title=row.issue_title,
            list_title=known.lists[row.list_id][1],
            address=row.address,
            date=row.changed_at,
            handover=row.handover,
            outcome=row.outcome,
            reason=row.reason,
            simulated=row.simulated,
            events=tuple(events.get(row.mailing_id, ())),
        )
        for row in rows
    )
