"""Writing down the answer of a call, inside a transaction of the caller's."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from trax_mailer.delivery.claiming import Claim, close
from trax_mailer.delivery.settlement import Settlement
from trax_mailer.model.mailing import ENDED, BatchState, Handover
from trax_mailer.storage import batches, deliveries, mailing_states, proofs, windows
from trax_mailer.storage.deliveries import Settled
from trax_mailer.storage.settling import settle_by_events


def record(
    connection: Connection,
    claimed: Claim,
    settlement: Settlement,
    *,
    called: Callable[[], Sequence[int]],
    reference: str,
    now: dt.datetime,
) -> bool:
    """Write down the answer. False, and nothing written, where another attempt has begun since.

    `called` gives the subscribers of the call. A late answer, to a call that was taken for lost, settles
    whoever of them is still uncertain because of it.
    """
    if _record_all_accepted(connection, claimed, settlement, reference=reference, now=now):
        return True
    state, attempt = batches.standing(connection, claimed.batch_id)
    if attempt != claimed.attempt:
        return False
    mailing_id, late = claimed.mailing_id, state is not BatchState.CALLING
    if late and mailing_states.state_of(connection, mailing_id) in ENDED:
        # Nobody of it can wait any more; who is in doubt stays so, until a person decides.
        settlement = dataclasses.replace(settlement, stay=(), parts=(), later=())
    settled = _all(connection, claimed, settlement, now=now)
    if late:
        settled += _rest_by_name(settlement, settled, called())
        who = [one.subscriber_id for one in settled]
        open_still = deliveries.standing_at(connection, mailing_id, claimed.batch_id, Handover.UNCERTAIN, who)
        settled = [one for one in settled if one.subscriber_id in open_still]
    deliveries.settle(connection, mailing_id, settled, now=now)
    if settlement.rest and not late:
        windows.settle_rest(connection, claimed.window, end=settlement.rest, now=now)
    if reference:
        batches.note_reference(connection, claimed.batch_id, reference)
    unseen = {one.handover for one in settled} | {settlement.rest[0] if settlement.rest else None}
    if Handover.UNCERTAIN in unseen:
        settle_by_events(connection, mailing_id, now=now)
    wait = dt.timedelta(seconds=settlement.wait) if settlement.stay else None
    close(connection, mailing_id, claimed.batch_id, now=now, not_before=now + wait if wait else None)
    if late:
        proofs.refresh_proof(connection, mailing_id)
    return True


def _record_all_accepted(
    connection: Connection, claimed: Claim, settlement: Settlement, *, reference: str, now: dt.datetime
) -> bool:
    """What nearly every answer says, in two statements. False, and nothing written, where it does not."""
    end = settlement.rest
    if not claimed.whole or end is None or settlement != Settlement(rest=end, settled=settlement.settled):
        return False
    if end[0] is not Handover.ACCEPTED:
        return False
    accepted = batches.accept_call(
        connection, claimed.batch_id, attempt=claimed.attempt, reference=reference, now=now
    )
    if accepted and windows.settle_rest(connection, claimed.window, end=end, now=now) != claimed.going:
        close(connection, claimed.mailing_id, claimed.batch_id, now=now)
    return accepted


def _rest_by_name(settlement: Settlement, named: Sequence[Settled], called: Sequence[int]) -> list[Settled]:
    if settlement.rest is None:
        return []
    known = {one.subscriber_id for one in named}
    handover, reason = settlement.rest
    return [
        Settled(subscriber_id=one, handover=handover, reason=reason) for one in called if one not in known
    ]


def _all(
    connection: Connection, claimed: Claim, settlement: Settlement, *, now: dt.datetime
) -> list[Settled]:
    """What becomes of each reader of the call; those who are put apart get batches of their own."""
    settled = list(settlement.final)
    settled += [Settled(subscriber_id=one, handover=Handover.QUEUED) for one in settlement.stay]
    apart: list[tuple[tuple[int, ...], dt.datetime | None]] = [(part, None) for part in settlement.parts]
    if settlement.later:
        apart.append((settlement.later, now + dt.timedelta(seconds=settlement.wait_later)))
    for part, not_before in apart:
        batch_id = batches.add_batch(
            connection,
            claimed.mailing_id,
            lane=claimed.lane,
            now=now,
            not_before=not_before,
            topics=claimed.topics,
        )
        settled += [
            Settled(
                subscriber_id=one,
                handover=Handover.QUEUED,
                batch_id=batch_id,
                put_off=part is settlement.later,
            )
            for one in part
        ]
    return settled
