"""The writing steps of a lane, inside a transaction of the caller's: take over, claim, record, end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from trax_mailer.delivery.addresses import domain_of
from trax_mailer.delivery.plan import reason_to_skip
from trax_mailer.model.mailing import BatchState, Handover, Mailing, MailingState
from trax_mailer.storage import batches, deliveries, mailings
from trax_mailer.storage.deliveries import Settled, Window
from trax_mailer.storage.events import settle_by_events

ORPHANED = "the process that was handing it over ended before it saw an answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A window of a batch, committed as being called.

    `going` counts those in the call, and may be 0: nobody of the window could be mailed.
    """

    mailing_id: int
    batch_id: int
    lane: int
    attempt: int
    list_id: int
    window: Window
    going: int
    skipped: int


def take_over(connection: Connection, mailing_id: int, *, lane: int, now: dt.datetime) -> None:
    """Under the lane's lock: whatever an earlier holder left in a call is uncertain, unless events know."""
    orphaned = batches.calling_batches(connection, mailing_id, lane=lane)
    for batch_id in orphaned:
        deliveries.orphans_to_uncertain(connection, batch_id, reason=ORPHANED, now=now)
    if orphaned:
        settle_by_events(connection, mailing_id, now=now)
    for batch_id in orphaned:
        close(connection, mailing_id, batch_id, now=now)


def give_back(
    connection: Connection, mailing_id: int, *, lane: int, besides: int | None, now: dt.datetime
) -> None:
    """By the lane's own holder: claims that it never got to know of, so that nothing of them was sent."""
    for batch_id in batches.calling_batches(connection, mailing_id, lane=lane):
        if batch_id != besides:
            deliveries.back_to_queue(connection, batch_id, now=now)
            close(connection, mailing_id, batch_id, now=now)


def claim(  # noqa: PLR0913 - what a claim is made of
    connection: Connection,
    mailing: Mailing,
    batch_id: int,
    *,
    lane: int,
    limit: int,
    held_back: Mapping[str, dt.datetime],
    now: dt.datetime,
) -> Claim | None:
    """Claim the next readers of the batch, at most `limit`; None where it is not ready any more.

    Suppression and subscription are looked up again here: who left since is skipped, with the reason.
    Readers in a domain of `held_back` wait until its time, in a batch of their own.
    """
    attempt = batches.claim_batch(connection, batch_id, transport=mailing.transport, now=now)
    if attempt is None:
        return None
    list_id = mailings.list_of(connection, mailing.id)
    window = deliveries.next_window(connection, mailing.id, batch_id, limit=limit)
    if window is None:
        close(connection, mailing.id, batch_id, now=now)
        return None
    skipped = [
        Settled(subscriber_id=one.subscriber_id, handover=Handover.SKIPPED, reason=reason_to_skip(one))
        for one in deliveries.not_to_mail(connection, mailing.id, batch_id, window, list_id=list_id)
    ]
    deliveries.settle(connection, mailing.id, skipped, now=now)
    apart: list[Settled] = []
    if held_back:
        waiting = deliveries.addresses_in(connection, mailing.id, batch_id, window)
        apart = _hold_back(connection, mailing.id, waiting, lane=lane, held_back=held_back, now=now)
        deliveries.settle(connection, mailing.id, apart, now=now)
    going = window.count - len(skipped) - len(apart)
    if going:
        deliveries.mark_calling(connection, mailing.id, batch_id, window, now=now)
    else:
        close(connection, mailing.id, batch_id, now=now)
    return Claim(
        mailing_id=mailing.id,
        batch_id=batch_id,
        lane=lane,
        attempt=attempt,
        list_id=list_id,
        window=window,
        going=going,
        skipped=len(skipped),
    )


def close(
    connection: Connection,
    mailing_id: int,
    batch_id: int,
    *,
    now: dt.datetime,
    not_before: dt.datetime | None = None,
) -> None:
    """Leave the call: ready again where somebody of the batch waits, else at its end.

    In a cancelled mailing nobody waits: who was to be tried again is skipped.
    """
    counts = deliveries.count_batch(connection, batch_id)
    if counts.get(Handover.QUEUED) and mailings.state_of(connection, mailing_id) is MailingState.CANCELLED:
        deliveries.skip_queued(connection, mailing_id, reason="the mailing was cancelled", now=now)
        counts.pop(Handover.QUEUED)
    if counts.get(Handover.QUEUED):
        state = BatchState.READY
    elif counts.get(Handover.UNCERTAIN):
        state = BatchState.UNCERTAIN
    elif counts.get(Handover.ACCEPTED):
        state = BatchState.ACCEPTED
    else:
        state = BatchState.REJECTED
    batches.settle_batch(connection, batch_id, state=state, now=now, not_before=not_before)


def end(connection: Connection, mailing_id: int, *, now: dt.datetime) -> None:
    """The mailing is done, with its proof, where nobody waits any more; a cancelled one gets its proof.

    One that is paused, or not begun, stays as it is.
    """
    state = mailings.state_of(connection, mailing_id, hold=True, to_change=True)
    if state in {MailingState.DRAFT, MailingState.SCHEDULED, MailingState.PAUSED}:
        return
    if deliveries.anybody_at(connection, mailing_id, Handover.QUEUED, Handover.CALLING):
        return
    proof = deliveries.count_proof(connection, mailing_id)
    if not mailings.finish_mailing(connection, mailing_id, proof=proof, now=now):
        mailings.store_proof(connection, mailing_id, proof=proof)


def _hold_back(
    connection: Connection,
    mailing_id: int,
    waiting: Sequence[tuple[int, str]],
    *,
    lane: int,
    held_back: Mapping[str, dt.datetime],
    now: dt.datetime,
) -> list[Settled]:
    """Those in slowed domains, each moved to the batch that waits for its domain."""
    made: dict[str, int] = {}
    moved = []
    for subscriber_id, email in waiting:
        domain = domain_of(email).lower()
        if domain not in held_back:
            continue
        if domain not in made:
            until, reason = held_back[domain], f"waits for {domain}, which wants fewer messages"
            found = batches.waiting_batch(connection, mailing_id, lane=lane, not_before=until, reason=reason)
            made[domain] = found or batches.add_batch(
                connection, mailing_id, lane=lane, now=now, not_before=until, reason=reason
            )
        moved.append(Settled(subscriber_id=subscriber_id, handover=Handover.QUEUED, batch_id=made[domain]))
    return moved
