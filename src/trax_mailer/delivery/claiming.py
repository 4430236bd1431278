"""The writing steps of a lane, inside a transaction of the caller's: take over, claim, record, end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from trax_mailer.delivery.addresses import domain_of
from trax_mailer.delivery.plan import reason_to_skip
from trax_mailer.model.mailing import BatchState, Handover, Mailing, MailingState
from trax_mailer.storage import LaneLock, batches, claims, deliveries, lanes, proofs, windows
from trax_mailer.storage.blanking import blank_calls
from trax_mailer.storage.deliveries import Settled
from trax_mailer.storage.mailing_states import finish_mailing, hold_course, state_of
from trax_mailer.storage.settling import settle_by_events
from trax_mailer.storage.windows import Window

ORPHANED = "the process that was handing it over ended before it saw an answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A window of a batch, committed as being called.

    `going` counts those in the call, and may be 0: nobody of the window could be mailed. `whole` says that
    nobody else of the batch waits, is in doubt or has failed: it was never claimed before. `topics` are
    those of the batch, as they are stored.
    """

    mailing_id: int
    batch_id: int
    lane: int
    attempt: int
    list_id: int
    window: Window
    going: int
    skipped: int
    whole: bool = False
    topics: str = ""


def take_over(connection: Connection, mailing_id: int, *, lane: int, now: dt.datetime) -> None:
    """Under the lane's lock: whatever an earlier holder left in a call is uncertain, unless events know."""
    orphaned = lanes.calling_batches(connection, mailing_id, lane=lane)
    for batch_id in orphaned:
        deliveries.orphans_to_uncertain(connection, batch_id, reason=ORPHANED, now=now)
    if orphaned:
        settle_by_events(connection, mailing_id, now=now)
    for batch_id in orphaned:
        close(connection, mailing_id, batch_id, now=now)


def give_back(
    connection: Connection, mailing_id: int, *, lane: int, lock: LaneLock, now: dt.datetime
) -> None:
    """By the lane's own holder: claims that it never got to know of, so that nothing of them was sent.

    Its last answer must be written down before. Changes nothing where the lane is not held any more.
    """
    calling = lanes.calling_batches(connection, mailing_id, lane=lane)
    # Looked at once the batches are held: a later holder's claims cannot be among them.
    if not lock.holds():
        return
    for batch_id in calling:
        deliveries.back_to_queue(connection, batch_id, now=now)
        close(connection, mailing_id, batch_id, now=now)


def claim(  # noqa: PLR0913 - what a claim is made of
    connection: Connection,
    mailing: Mailing,
    batch_id: int,
    *,
    lane: int,
    list_id: int,
    limit: int,
    held_back: Mapping[str, dt.datetime],
    now: dt.datetime,
) -> Claim | None:
    """Claim the next readers of the batch, at most `limit`; None where it is not ready any more.

    Suppression and subscription are looked up again here: who left since is skipped, with the reason.
    Readers in a domain of `held_back` wait until its time, in a batch of their own.
    """
    claimed = batches.claim_batch(connection, batch_id, transport=mailing.transport, now=now)
    if claimed is None:
        return None
    attempt, topics = claimed
    # All of a batch is found in its index alone; who waits in it, only by looking at each.
    whole = windows.whole_batch(connection, mailing.id, batch_id, limit=limit) if attempt == 1 else None
    window = whole or windows.next_window(connection, mailing.id, batch_id, limit=limit)
    if window is None:
        close(connection, mailing.id, batch_id, now=now)
        return None
    apart: list[Settled] = []
    if held_back:
        waiting = claims.addresses_in(connection, window)
        apart = _hold_back(
            connection, mailing.id, waiting, lane=lane, topics=topics, held_back=held_back, now=now
        )
        deliveries.settle(connection, mailing.id, apart, now=now)
    going, skipped = _call(connection, window, apart=len(apart), list_id=list_id, now=now)
    if not going:
        close(connection, mailing.id, batch_id, now=now)
    return Claim(
        mailing_id=mailing.id,
        batch_id=batch_id,
        lane=lane,
        attempt=attempt,
        list_id=list_id,
        window=window,
        going=going,
        skipped=skipped,
        whole=whole is not None,
        topics=topics,
    )


def _call(
    connection: Connection, window: Window, *, apart: int, list_id: int, now: dt.datetime
) -> tuple[int, int]:
    """Mark the call. Returns how many go, and how many are skipped."""
    going = claims.call_as_planned(connection, window, list_id=list_id, now=now)
    if going + apart == window.count:
        return going, 0
    skipped = [
        Settled(subscriber_id=one.subscriber_id, handover=Handover.SKIPPED, reason=reason_to_skip(one))
        for one in claims.not_to_mail(connection, window, list_id=list_id)
    ]
    deliveries.settle(connection, window.mailing_id, skipped, now=now)
    return going + claims.call_rest(connection, window, now=now), len(skipped)


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
    if counts.get(Handover.QUEUED) and state_of(connection, mailing_id) is MailingState.CANCELLED:
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
    state, _ = hold_course(connection, mailing_id, to_change=True)
    if state in {MailingState.DRAFT, MailingState.SCHEDULED, MailingState.PAUSED}:
        return
    if deliveries.anybody_at(connection, mailing_id, Handover.QUEUED, Handover.CALLING):
        return
    blank_calls(connection, mailing_id)
    proof = proofs.count_proof(connection, mailing_id)
    if not finish_mailing(connection, mailing_id, proof=proof, now=now):
        proofs.store_proof(connection, mailing_id, proof=proof)


def _hold_back(  # noqa: PLR0913 - what a batch is made of
    connection: Connection,
    mailing_id: int,
    waiting: Sequence[tuple[int, str]],
    *,
    lane: int,
    topics: str,
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
            found = lanes.waiting_batch(
                connection, mailing_id, lane=lane, not_before=until, reason=reason, topics=topics
            )
            made[domain] = found or batches.add_batch(
                connection, mailing_id, lane=lane, now=now, not_before=until, reason=reason, topics=topics
            )
        moved.append(Settled(subscriber_id=subscriber_id, handover=Handover.QUEUED, batch_id=made[domain]))
    return moved
