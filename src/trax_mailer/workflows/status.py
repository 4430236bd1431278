"""What became of the mailings: the account of one, the line of each."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.delivery import find_mailing, list_mailings, proof, unreached
from trax_mailer.errors import Refused
from trax_mailer.model.mailing import Mailing, Proof, Unreached
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.workflows.wiring import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailing, its proof, and every reader who was not surely reached."""

    mailing: Mailing
    proof: Proof
    unreached: tuple[Unreached, ...]


def account_of(ledger: Ledger, mailing_id: int) -> Account:
    """The account of one mailing. Raises Refused when there is no such mailing."""
    mailing = find_mailing(ledger, mailing_id)
    if mailing is None:
        raise Refused(f"There is no mailing {mailing_id}.", advice="See them all with: trax status")
    return Account(
        mailing=mailing, proof=proof(ledger, mailing_id), unreached=tuple(unreached(ledger, mailing_id))
    )


def status_of(workspace: Workspace, mailing_id: int) -> Account:
    """The account of one mailing of the workspace."""
    with open_ledger(workspace.settings.state) as ledger:
        return account_of(ledger, mailing_id)


def all_mailings(workspace: Workspace) -> list[tuple[Mailing, Proof]]:
    """Every mailing with its proof, the newest first."""
    with open_ledger(workspace.settings.state) as ledger:
        return [(mailing, proof(ledger, mailing.id)) for mailing in list_mailings(ledger)]
