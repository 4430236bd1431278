"""Accounting for mailings: who was reached as far as this side can know, and who was not, and why."""

from __future__ import annotations

from sqlalchemy import Connection

from trax_mailer.model.mailing import UNFINISHED, Handover, Mailing, MailingState, Proof, Unreached
from trax_mailer.storage import Ledger
from trax_mailer.storage.accounts import not_reached
from trax_mailer.storage.deliveries import anybody_at
from trax_mailer.storage.journal import JournalEntry, entries
from trax_mailer.storage.lists import find_list_id
from trax_mailer.storage.mailings import (
    latest_mailing,
    load_mailing,
    load_mailings,
    others_of_issue,
)
from trax_mailer.storage.proofs import count_proof, stored_proof
from trax_mailer.storage.snapshot import Audience, count_having

_OUT_OF_OUR_HANDS = (Handover.CALLING, Handover.ACCEPTED, Handover.UNCERTAIN)


def proof(ledger: Ledger, mailing_id: int) -> Proof:
    """The account of the mailing as it stands; all zero where there is no such mailing.

    For a mailing that has come to its end it is the one that was stored then.
    """
    with ledger.read() as connection:
        if load_mailing(connection, mailing_id) is None:
            return count_proof(connection, mailing_id)
        return stored_proof(connection, mailing_id) or count_proof(connection, mailing_id)


def having_issue(ledger: Ledger, *, issue_number: int, list_name: str) -> int:
    """How many on the list have the issue, or are to get it, through real mailings made so far."""
    with ledger.read() as connection:
        list_id = find_list_id(connection, list_name)
        if list_id is None:
            return 0
        others = tuple(others_of_issue(connection, 0, issue_number=issue_number))
        return count_having(connection, Audience(list_id=list_id, others=others, leave_out=False))


def journal_of(ledger: Ledger, mailing_id: int | None) -> list[JournalEntry]:
    """What was done with the mailing, or with the ledger as a whole, the oldest first."""
    with ledger.read() as connection:
        return entries(connection, mailing_id)


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
    ledger: Ledger, *, issue_number: int, list_name: str, simulated: bool, segment: str = ""
) -> Mailing | None:
    """The newest mailing of that issue to that audience which stands in the way of a new one, or None.

    The audience is the list, or that segment of it; another segment of the list is another audience.

    That is an unfinished one, or a real one that is done and of which anybody may have got a copy.
    Cancelled ones and simulated ones that are done stand in nobody's way.
    """
    states = UNFINISHED if simulated else (*UNFINISHED, MailingState.DONE)
    with ledger.read() as connection:
        found = latest_mailing(
            connection,
            issue_number=issue_number,
            list_name=list_name,
            segment=segment,
            simulated=simulated,
            states=states,
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
    return anybody_at(connection, mailing_id, *_OUT_OF_OUR_HANDS)
