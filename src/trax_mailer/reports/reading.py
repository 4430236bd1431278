"""Reading: everything about one mailing that its report is added up from, each row looked at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection

from trax_mailer.model.mailing import Mailing, Outcome, Proof
from trax_mailer.model.visit_counts import MailingVisits
from trax_mailer.storage.link_tables import LinkTable, link_table
from trax_mailer.storage.proofs import count_proof
from trax_mailer.storage.report_numbers import Accepted, count_accepted
from trax_mailer.storage.report_visits import load_visits


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingNumbers:
    """What was counted of one mailing."""

    mailing: Mailing
    proof: Proof
    accepted: dict[Accepted, int]
    visits: MailingVisits
    links: LinkTable | None

    @property
    def outcomes(self) -> Counter[Outcome]:
        """What was reported about those who were accepted."""
        counts: Counter[Outcome] = Counter()
        for alike, people in self.accepted.items():
            counts[alike.outcome] += people
        return counts


def read_mailing(connection: Connection, mailing: Mailing) -> MailingNumbers:
    """The numbers of the mailing."""
    return MailingNumbers(
        mailing=mailing,
        proof=count_proof(connection, mailing.id),
        accepted=count_accepted(connection, mailing.id),
        visits=load_visits(connection, mailing.id),
        links=link_table(connection, mailing.id),
    )
