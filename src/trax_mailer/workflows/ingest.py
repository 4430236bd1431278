"""Keeping what was reported: from reports to settled deliveries and what follows for readers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from sqlalchemy import Connection

from trax_mailer.audience import Consequence, follow
from trax_mailer.delivery import mark_of
from trax_mailer.events import Report, mailing_in, match
from trax_mailer.model.event import DeliveryEvent, EventKind
from trax_mailer.model.refusal import Weight, weigh
from trax_mailer.settings import BounceRule
from trax_mailer.storage import Ledger
from trax_mailer.storage.events import add_events, events_among
from trax_mailer.storage.evidence import stronger
from trax_mailer.storage.mailings import load_mailing
from trax_mailer.storage.settling import in_doubt, settle_new_events
from trax_mailer.workflows.vouching import vouched

_NO_GROUPS: Mapping[int, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What came of reports: uncertain deliveries settled, events that were new, what followed for readers.

    `unproven` counts reports that name another reader than the one their Message-ID stands for: of those it
    is kept alone that the message was taken. `foreign` counts those about no mailing of this ledger.
    """

    settled: int = 0
    new: int = 0
    unproven: int = 0
    foreign: int = 0
    consequences: tuple[Consequence, ...] = ()


def keep_reports(
    ledger: Ledger,
    reports: Iterable[Report],
    *,
    provider: str,
    rule: BounceRule,
    now: dt.datetime,
    dry_run: bool = False,
) -> Kept:
    """Keep reports that nobody signed, and do what follows for readers, all or nothing.

    Only those about deliveries of this ledger count, and what is bad has to name the reader. With `dry_run`
    nothing stays.
    """
    reports = list(reports)
    marks = _marks(ledger, {mailing_in(report.message_id) for report in reports})
    told = [one for one in reports if _is_ours(one, marks)]
    foreign = sum(1 for one in reports if not one.by_reader) - sum(1 for one in told if not one.by_reader)
    believed = vouched(ledger, told)
    unproven = sum(1 for one, other in zip(told, believed, strict=True) if one.kind is not other.kind)
    events = list(match((one for one in believed if not one.by_reader), marks, provider=provider))
    acts = list(match((one for one in believed if one.by_reader), marks, provider=provider))
    if not events and not acts:
        return Kept(foreign=foreign)
    # Where readers stand changes alone: nobody may leave between the look and the change.
    matters = any(weighs(one) for one in events)
    with ledger.write(alone=matters) as connection:
        kept = keep_events(connection, events, acts, rule=rule, now=now)
        if dry_run:
            connection.rollback()
    return replace(kept, unproven=unproven, foreign=foreign)


def keep_events(
    connection: Connection,
    events: Sequence[DeliveryEvent],
    acts: Sequence[DeliveryEvent],
    *,
    rule: BounceRule,
    now: dt.datetime,
    groups: Mapping[int, int] = _NO_GROUPS,
) -> Kept:
    """Keep events of deliveries, with what is known from readers' acts where nothing else proves anything.

    Those that arrive before the lane has written down its own call are kept, too: it looks for them.
    `groups` says which lists a provider's unsubscribe groups stand for. Where anything may follow for readers
    (`weighs`), the transaction has to be one that is alone.
    """
    kept = [*events, *_needed(connection, acts)]
    new = add_events(connection, kept, now=now)
    told: dict[int, dict[int, EventKind]] = defaultdict(dict)
    for one in kept:
        of_mailing = told[one.mailing_id]
        known = of_mailing.get(one.subscriber_id)
        of_mailing[one.subscriber_id] = one.kind if known is None else stronger(known, one.kind)
    settled = sum(
        settle_new_events(connection, mailing_id, told[mailing_id], now=now) for mailing_id in sorted(told)
    )
    # As they were kept when they first came: a message without a date seems newer each time it is read.
    stored = events_among(connection, sorted({one.key for one in events if weighs(one)}))
    consequences = follow(connection, stored, rule=rule, now=now, groups=groups)
    return Kept(settled=settled, new=new, consequences=tuple(consequences))


def weighs(event: DeliveryEvent | Report) -> bool:
    """Whether anything may follow from it for the reader."""
    return weigh(event.kind, event.reason) is not Weight.NOTHING


def _is_ours(report: Report, marks: Mapping[int, str]) -> bool:
    mailing_id = mailing_in(report.message_id)
    return (
        mailing_id is not None and mailing_id in marks and report.message_id.endswith(f".{marks[mailing_id]}")
    )


def _marks(ledger: Ledger, mailing_ids: Iterable[int | None]) -> dict[int, str]:
    wanted = sorted(one for one in mailing_ids if one is not None)
    if not wanted:
        return {}
    with ledger.read() as connection:
        found = [load_mailing(connection, one) for one in wanted]
    return {mailing.id: mark_of(mailing.envelope) for mailing in found if mailing is not None}


def _needed(connection: Connection, acts: Sequence[DeliveryEvent]) -> list[DeliveryEvent]:
    """What readers did is kept only where it is the proof that is missing, and forgotten elsewhere."""
    wanted = {mailing_id: in_doubt(connection, mailing_id, who) for mailing_id, who in _readers(acts).items()}
    return [one for one in acts if one.subscriber_id in wanted[one.mailing_id]]


def _readers(events: Iterable[DeliveryEvent]) -> dict[int, list[int]]:
    """The subscribers of the events, in order, by mailing."""
    found: dict[int, set[int]] = defaultdict(set)
    for one in events:
        found[one.mailing_id].add(one.subscriber_id)
    return {mailing_id: sorted(who) for mailing_id, who in found.items()}
