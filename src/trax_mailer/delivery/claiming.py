"""The writing steps of a lane, one transaction each: take over, claim, record, end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from trax_mailer.delivery.account import count_proof
from trax_mailer.delivery.plan import LANE, reason_to_skip
from trax_mailer.delivery.recipients import recipient_for
from trax_mailer.delivery.settlement import Settlement
from trax_mailer.model.mailing import BatchState, Handover, Mailing, MailingState, Recipient
from trax_mailer.storage import batches, deliveries, mailings
from trax_mailer.storage.deliveries import Candidate, Settled
from trax_mailer.tokens import INERT_TOKEN, KeyRing, mint_mail_token

ORPHANED = "the process that was handing it over ended before it saw an answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A window of a batch, committed as being called. `recipients` may be empty: all were skipped."""

    mailing_id: int
    batch_id: int
    attempt: int
    recipients: tuple[Recipient, ...]
    skipped: int


def take_over(connection: Connection, mailing_id: int, *, lane: int, now: dt.datetime) -> None:
    """Under the lane's lock: whatever an earlier holder left in a call is uncertain, and stays so."""
    for batch_id in batches.calling_batches(connection, mailing_id, lane=lane):
        deliveries.orphans_to_uncertain(connection, batch_id, reason=ORPHANED, now=now)
        _close(connection, batch_id, now=now)


def claim(
    connection: Connection,
    mailing: Mailing,
    batch_id: int,
    *,
    ring: KeyRing,
    window: int,
    now: dt.datetime,
) -> Claim | None:
    """Claim the next readers of the batch; None where the mailing is not sending or the batch not ready.

    Suppression and subscription are looked up again here: who left since is skipped, with the reason.
    """
    if mailings.state_of(connection, mailing.id) is not MailingState.SENDING:
        return None
    attempt = batches.claim_batch(connection, batch_id, now=now)
    if attempt is None:
        return None
    list_id = mailings.list_of(connection, mailing.id)
    candidates = deliveries.queued(connection, batch_id, list_id=list_id, limit=window)
    skipped = [
        Settled(subscriber_id=one.subscriber_id, handover=Handover.SKIPPED, reason=reason)
        for one in candidates
        if (reason := reason_to_skip(one))
    ]
    left_out = {one.subscriber_id for one in skipped}
    going = [one for one in candidates if one.subscriber_id not in left_out]
    deliveries.settle(connection, mailing.id, skipped, now=now)
    deliveries.mark_calling(connection, mailing.id, going, now=now)
    if not going:
        _close(connection, batch_id, now=now)
    return Claim(
        mailing_id=mailing.id,
        batch_id=batch_id,
        attempt=attempt,
        recipients=tuple(recipient_of(one, mailing, list_id=list_id, ring=ring) for one in going),
        skipped=len(skipped),
    )


def record(
    connection: Connection,
    claimed: Claim,
    settlement: Settlement,
    *,
    reference: str,
    now: dt.datetime,
) -> bool:
    """Write down the answer. False, and nothing written, where the call is not this one any more."""
    if not batches.is_calling(connection, claimed.batch_id, attempt=claimed.attempt):
        return False
    mailing_id = claimed.mailing_id
    settled = list(settlement.final)
    settled += [Settled(subscriber_id=one, handover=Handover.QUEUED) for one in settlement.stay]
    apart: list[tuple[tuple[int, ...], dt.datetime | None]] = [(part, None) for part in settlement.parts]
    if settlement.later:
        apart.append((settlement.later, now + dt.timedelta(seconds=settlement.wait_later)))
    for part, not_before in apart:
        batch_id = batches.add_batch(connection, mailing_id, lane=LANE, now=now, not_before=not_before)
        settled += [Settled(subscriber_id=one, handover=Handover.QUEUED, batch_id=batch_id) for one in part]
    deliveries.settle(connection, mailing_id, settled, now=now)
    if reference:
        batches.note_reference(connection, claimed.batch_id, reference)
    wait = dt.timedelta(seconds=settlement.wait) if settlement.stay else None
    _close(connection, claimed.batch_id, now=now, not_before=now + wait if wait else None)
    return True


def end(connection: Connection, mailing_id: int, *, now: dt.datetime) -> bool:
    """The mailing is done, with its proof, where nobody waits any more."""
    proof = count_proof(connection, mailing_id)
    return proof.waiting == 0 and mailings.finish_mailing(connection, mailing_id, proof=proof, now=now)


def recipient_of(one: Candidate, mailing: Mailing, *, list_id: int, ring: KeyRing) -> Recipient:
    """The delivery as a transport needs it; a simulated mailing's token is inert."""
    envelope = mailing.envelope
    token = (
        INERT_TOKEN
        if envelope.simulated
        else mint_mail_token(ring, list_id=list_id, subscriber_id=one.subscriber_id, mailing_id=mailing.id)
    )
    delivery = f"{mailing.id}.{one.subscriber_id}"
    return recipient_for(one.subscriber, envelope, delivery=delivery, token=token, message=delivery)


def _close(
    connection: Connection, batch_id: int, *, now: dt.datetime, not_before: dt.datetime | None = None
) -> None:
    """Leave the call: ready again where somebody of the batch waits, else at its end."""
    counts = deliveries.count_batch(connection, batch_id)
    if counts.get(Handover.QUEUED):
        state = BatchState.READY
    elif counts.get(Handover.UNCERTAIN):
        state = BatchState.UNCERTAIN
    elif counts.get(Handover.ACCEPTED):
        state = BatchState.ACCEPTED
    else:
        state = BatchState.REJECTED
    batches.settle_batch(connection, batch_id, state=state, now=now, not_before=not_before)
