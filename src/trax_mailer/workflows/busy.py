"""Whether anybody is sending from a ledger that is about to be moved or replaced."""

from __future__ import annotations

from sqlalchemy import Connection

from trax_mailer.errors import Conflict
from trax_mailer.model.mailing import MailingState
from trax_mailer.storage import Ledger
from trax_mailer.storage.mailings import in_state, load_mailings


def refuse_busy(ledger: Ledger, connection: Connection) -> None:
    """Raise Conflict where a lane of any mailing is held."""
    for mailing in load_mailings(connection):
        for lane in range(mailing.lanes):
            if ledger.lane_is_held(mailing.id, lane=lane):
                raise Conflict(
                    f"Mailing {mailing.id} is being sent at this moment.",
                    advice=f"Pause it with: trax pause {mailing.id}; then stop trax serve and trax worker.",
                )


def refuse_unpaused(connection: Connection) -> None:
    """Raise Conflict where a mailing would go on, or start, from this ledger and from its copy."""
    for mailing in in_state(connection, MailingState.SENDING, MailingState.SCHEDULED):
        raise Conflict(
            f"Mailing {mailing.id} is {mailing.state}: it would go on from both ledgers.",
            advice=f"Pause it first, with: trax pause {mailing.id}",
        )
