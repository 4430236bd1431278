"""Making a mailing: the edition stored by hash, the audience written down reader by reader, in batches."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from trax_mailer.delivery.account import handed_over
from trax_mailer.errors import Conflict, Refused
from trax_mailer.model.edition import Edition
from trax_mailer.model.mailing import Envelope, Handover, Mailing, MailingState
from trax_mailer.storage import Ledger
from trax_mailer.storage.batches import add_batch
from trax_mailer.storage.deliveries import Candidate, add_deliveries, skip_queued, subscribed
from trax_mailer.storage.editions import store_edition
from trax_mailer.storage.lists import find_list_id
from trax_mailer.storage.mailings import (
    NewMailing,
    add_mailing,
    cancel_mailing,
    latest_mailing,
    load_mailing,
)

LANE = 0
_ALIVE = (MailingState.DRAFT, MailingState.SENDING, MailingState.PAUSED, MailingState.DONE)


def make_mailing(  # noqa: PLR0913 - what a mailing is made of
    ledger: Ledger,
    *,
    issue_number: int,
    issue_title: str,
    list_name: str,
    edition: Edition,
    transport: str,
    envelope: Envelope,
    batch_size: int,
    now: dt.datetime,
    replaces: int | None = None,
) -> Mailing:
    """A mailing in draft to everybody subscribed to the list at this moment; all of it or nothing.

    Suppressed readers are in it as skipped, with the reason. The mailing that it `replaces` is cancelled,
    unless it is real and somebody may have got a copy. Raises Refused where the list is unknown or empty,
    Conflict where a real mailing of that issue to that list is under way or reached anybody.
    """
    with ledger.write() as connection:
        list_id = find_list_id(connection, list_name)
        if list_id is None:
            raise Refused(f"There is no list “{list_name}”.", advice="See the lists with: trax lists")
        if replaces is not None and (envelope.simulated or not handed_over(connection, replaces)):
            _give_way(connection, replaces, now=now)
        if not envelope.simulated:
            _refuse_double(connection, issue_number=issue_number, list_name=list_name)
        new = NewMailing(
            issue_number=issue_number,
            issue_title=issue_title,
            list_id=list_id,
            edition_hash=store_edition(connection, edition, now=now),
            transport=transport,
            envelope=envelope,
        )
        mailing_id = add_mailing(connection, new, now=now)
        if _snapshot(connection, mailing_id, list_id=list_id, batch_size=batch_size, now=now) == 0:
            raise Refused(f"Nobody is subscribed to the list “{list_name}”.")
        mailing = load_mailing(connection, mailing_id)
    if mailing is None:
        raise RuntimeError(f"mailing {mailing_id} is not there though it was just made")
    return mailing


def reason_to_skip(candidate: Candidate) -> str:
    """Why that reader must not be mailed now; empty where they may be."""
    if candidate.suppression is not None:
        return f"suppressed ({candidate.suppression})"
    if candidate.subscription is None:
        return "not on the list any more"
    if candidate.subscription != "subscribed":
        return f"{candidate.subscription} since the mailing was made"
    return ""


def _snapshot(
    connection: Connection, mailing_id: int, *, list_id: int, batch_size: int, now: dt.datetime
) -> int:
    audience, after = 0, 0
    while candidates := subscribed(connection, list_id, after=after, limit=batch_size):
        rows = [
            (one, Handover.SKIPPED, reason) if (reason := reason_to_skip(one)) else (one, Handover.QUEUED, "")
            for one in candidates
        ]
        anybody = any(handover is Handover.QUEUED for _, handover, _ in rows)
        batch_id = add_batch(connection, mailing_id, lane=LANE, now=now) if anybody else None
        add_deliveries(connection, mailing_id, rows, batch_id=batch_id, now=now)
        audience += len(rows)
        after = candidates[-1].subscriber_id
    return audience


def _give_way(connection: Connection, mailing_id: int, *, now: dt.datetime) -> None:
    reason = "a new mailing took its place"
    if cancel_mailing(connection, mailing_id, reason=reason, now=now):
        skip_queued(connection, mailing_id, reason=reason, now=now)


def _refuse_double(connection: Connection, *, issue_number: int, list_name: str) -> None:
    earlier = latest_mailing(
        connection, issue_number=issue_number, list_name=list_name, simulated=False, states=_ALIVE
    )
    if earlier is None:
        return
    if earlier.state is not MailingState.DONE or handed_over(connection, earlier.id):
        raise Conflict(
            f"No {issue_number} has mailing {earlier.id} to “{list_name}” already, which is {earlier.state}.",
            advice=f"See what became of it with: trax status {earlier.id}",
        )
