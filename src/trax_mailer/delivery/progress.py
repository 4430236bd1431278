"""How far a mailing is, how fast it goes, and when it will have come to its end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from trax_mailer.delivery.account import proof
from trax_mailer.delivery.plan import load_made
from trax_mailer.model.mailing import MailingState, Proof
from trax_mailer.storage import Ledger
from trax_mailer.storage.accounts import settled_since

_LOOK_BACK = dt.timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The account as it stands. `per_second` is of the last half minute, 0 where nothing moves.

    `seconds_left` is None where nobody can say. `working` counts the lanes that somebody works on.
    """

    proof: Proof
    per_second: float
    seconds_left: float | None
    working: int


def progress_of(ledger: Ledger, mailing_id: int, *, now: dt.datetime) -> Progress:
    """The progress of the mailing. Raises Refused where there is none."""
    with ledger.read() as connection:
        mailing = load_made(connection, mailing_id)
        begun = max(now - _LOOK_BACK, mailing.started_at or now - _LOOK_BACK)
        settled = settled_since(connection, mailing_id, begun) if mailing.state is MailingState.SENDING else 0
    account = proof(ledger, mailing_id)
    per_second = settled / max((now - begun).total_seconds(), 0.5)
    working = sum(ledger.lane_is_held(mailing_id, lane=lane) for lane in range(mailing.lanes))
    return Progress(
        proof=account,
        per_second=per_second,
        seconds_left=account.waiting / per_second if per_second else None,
        working=working,
    )
