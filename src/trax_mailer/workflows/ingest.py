"""Taking in what providers report: from the body of a webhook to settled deliveries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

from sqlalchemy import Connection

from trax_mailer.delivery import mark_of
from trax_mailer.events import EventProvider, Report, SendGridEvents, Unreadable, mailing_in, match
from trax_mailer.model.event import DeliveryEvent
from trax_mailer.settings import Settings
from trax_mailer.storage import Ledger
from trax_mailer.storage.events import add_events
from trax_mailer.storage.mailings import load_mailing
from trax_mailer.storage.settling import in_doubt, settle_by_events


class Intake(StrEnum):
    """What became of a body."""

    KEPT = "kept"
    """Whatever of it is about deliveries of this ledger is committed."""
    FORGED = "forged"
    """It is not signed by the provider. Nothing of it was looked at."""
    UNREADABLE = "unreadable"
    """It is signed, and yet not what the provider sends."""


def sendgrid_events(settings: Settings) -> EventProvider | None:
    """The reader of SendGrid's events; None where no key is set. Raises BadWorkspace for a bad key."""
    key = settings.sendgrid.webhook_key
    return SendGridEvents(key) if key else None


def take_in(
    ledger: Ledger, provider: EventProvider, *, headers: Mapping[str, str], body: bytes, now: dt.datetime
) -> Intake:
    """Keep and apply the events in a body, committed on return; the same body again changes nothing.

    Raises Conflict or BadState where the ledger cannot be written now: nothing was kept then.
    """
    if not provider.is_genuine(headers, body):
        return Intake.FORGED
    try:
        reports = list(provider.read(body))
    except Unreadable:
        return Intake.UNREADABLE
    keep_reports(ledger, reports, provider=provider.name, now=now)
    return Intake.KEPT


def keep_reports(ledger: Ledger, reports: Iterable[Report], *, provider: str, now: dt.datetime) -> int:
    """Keep the reports about deliveries of this ledger. Returns how many uncertain ones they settled.

    Those that arrive before the lane has written down its own call are kept, too: it looks for them.
    """
    reports = list(reports)
    marks = _marks(ledger, {mailing_in(report.message_id) for report in reports})
    events = list(match((one for one in reports if not one.by_reader), marks, provider=provider))
    acts = list(match((one for one in reports if one.by_reader), marks, provider=provider))
    if not events and not acts:
        return 0
    with ledger.write(alone=False) as connection:
        kept = events + _needed(connection, acts)
        add_events(connection, kept, now=now)
        return sum(
            settle_by_events(connection, mailing_id, subscribers=who, now=now)
            for mailing_id, who in sorted(_readers(kept).items())
        )


def _marks(ledger: Ledger, mailing_ids: Iterable[int | None]) -> dict[int, str]:
    wanted = sorted(one for one in mailing_ids if one is not None)
    if not wanted:
        return {}
    with ledger.read() as connection:
        found = [load_mailing(connection, one) for one in wanted]
    return {mailing.id: mark_of(mailing.envelope) for mailing in found if mailing is not None}


def _needed(connection: Connection, acts: list[DeliveryEvent]) -> list[DeliveryEvent]:
    """What readers did is kept only where it is the proof that is missing, and forgotten elsewhere."""
    wanted = {mailing_id: in_doubt(connection, mailing_id, who) for mailing_id, who in _readers(acts).items()}
    return [one for one in acts if one.subscriber_id in wanted[one.mailing_id]]


def _readers(events: Iterable[DeliveryEvent]) -> dict[int, list[int]]:
    """The subscribers of the events, in order, by mailing."""
    found: dict[int, set[int]] = defaultdict(set)
    for one in events:
        found[one.mailing_id].add(one.subscriber_id)
    return {mailing_id: sorted(who) for mailing_id, who in found.items()}
