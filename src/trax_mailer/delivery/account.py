"""Accounting for mailings: who was reached as far as this side can know, and who was not, and why."""

from __future__ import annotations

from sqlalchemy import Connection

from trax_mailer.model.mailing import Handover, Mailing, MailingState, Proof, Unreached
from trax_mailer.storage import Ledger
from trax_mailer.storage.deliveries import count_mailing, not_reached
from trax_mailer.storage.mailings import latest_mailing, load_mailing, load_mailings

_UNFINISHED = (MailingState.DRAFT, MailingState.SENDING, MailingState.PAUSED)
_OUT_OF_OUR_HANDS = (Handover.CALLING, Handover.ACCEPTED, Handover.UNCERTAIN)


def proof(ledger: Ledger, mailing_id: int) -> Proof:
    """The account of the mailing as it stands; all zero where there is no such mailing."""
    with ledger.read() as connection:
        return count_proof(connection, mailing_id)


def unreached(ledger: Ledger, mailing_id: int) -> list[Unreached]:
    """Every reader who was skipped, refused, or not surely reached. Those who wait are not among them."""
    with ledger.read() as connection:
        return not_reached(connection, mailing_id)


def list_mailings(ledger: Ledger) -> list[Mailing]:
    """Every mailing, the newest first."""
    with ledger.read() as connection:
        return load_mailings(connection)


def find_mailing(ledger: Ledger, mailing_id: int) -> Mailing | None:
    """The mailing of that id, or None."""
    with ledger.read() as connection:
        return load_mailing(connection, mailing_id)


def mailing_under_way(
    ledger: Ledger, *, issue_number: int, list_name: str, simulated: bool
) -> Mailing | None:
    """The newest mailing of that issue to that list which stands in the way of a new one, or None.

    That is an unfinished one, or a real one that is done and of which anybody may have got a copy.
    Cancelled ones and simulated ones that are done stand in nobody's way.
    """
    states = _UNFINISHED if simulated else (*_UNFINISHED, MailingState.DONE)
    with ledger.read() as connection:
        found = latest_mailing(
            connection, issue_number=issue_number, list_name=list_name, simulated=simulated, states=states
        )
        if found and found.state is MailingState.DONE and not handed_over(connection, found.id):
            return None
        return found


def may_give_way(ledger: Ledger, mailing: Mailing) -> bool:
    """Whether a new mailing may take its place: it is simulated, or surely nobody got anything of it."""
    with ledger.read() as connection:
        return mailing.simulated or not handed_over(connection, mailing.id)


def handed_over(connection: Connection, mailing_id: int) -> bool:
    """Whether anybody has, or may have, got a copy of the mailing."""
    counts = count_mailing(connection, mailing_id)
    return any(counts.get(handover) for handover in _OUT_OF_OUR_HANDS)


def count_proof(connection: Connection, mailing_id: int) -> Proof:
    """The account of the mailing, counted from its deliveries."""
    counts = count_mailing(connection, mailing_id)
    return Proof(
        audience=sum(counts.values()),
        accepted=counts.get(Handover.ACCEPTED, 0),
        skipped=counts.get(Handover.SKIPPED, 0),
        failed=counts.get(Handover.FAILED, 0),
        uncertain=counts.get(Handover.UNCERTAIN, 0),
        waiting=counts.get(Handover.QUEUED, 0) + counts.get(Handover.CALLING, 0),
    )
