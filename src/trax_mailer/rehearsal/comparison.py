"""The ledger held against what the sink took: who was missed, who doubled, what is uncertain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from trax_mailer.model.mailing import Handover
from trax_mailer.rehearsal.record import Entry, Took
from trax_mailer.storage import schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Delivery ids, sorted, of every kind of disagreement and of the uncertain.

    `missed`: the ledger says accepted, or still waits, and the sink has nothing. `doubled`: the sink has it
    more than once. `denied`: the sink has it, and the ledger says that nobody has. `strangers`: the sink
    has what is in no delivery. `uncertain_taken` and `uncertain_not_taken` are no disagreement: of these
    the ledger says that it does not know.
    """

    readers: int
    taken: int
    missed: tuple[str, ...]
    doubled: tuple[str, ...]
    denied: tuple[str, ...]
    strangers: tuple[str, ...]
    uncertain_taken: tuple[str, ...]
    uncertain_not_taken: tuple[str, ...]

    @property
    def uncertain(self) -> int:
        """How many deliveries the ledger calls uncertain."""
        return len(self.uncertain_taken) + len(self.uncertain_not_taken)

    @property
    def holds(self) -> bool:
        """Whether ledger and sink agree about every reader of whom the ledger claims to know."""
        return not (self.missed or self.doubled or self.denied or self.strangers)


_UNSETTLED = {Handover.QUEUED, Handover.CALLING}
_NOT_SENT = {Handover.FAILED, Handover.SKIPPED, Handover.QUEUED}


def standings(connection: Connection, mailing_id: int) -> dict[str, Handover]:
    """Where every delivery of the mailing stands, by its id."""
    table = schema.delivery
    rows = connection.execute(
        select(table.c.subscriber_id, table.c.handover).where(table.c.mailing_id == mailing_id)
    )
    return {f"{mailing_id}.{subscriber}": handover for subscriber, handover in rows}


def compare(ledger: Mapping[str, Handover], entries: Iterable[Entry]) -> Comparison:
    """Hold the standings of a finished mailing against the sink's record."""
    taken = Counter(entry.delivery for entry in entries if entry.took is Took.ACCEPTED)
    uncertain = sorted(one for one, stands in ledger.items() if stands is Handover.UNCERTAIN)
    return Comparison(
        readers=len(ledger),
        taken=len(taken),
        missed=tuple(
            sorted(
                one
                for one, stands in ledger.items()
                if (stands is Handover.ACCEPTED and one not in taken) or stands in _UNSETTLED
            )
        ),
        doubled=tuple(sorted(one for one, times in taken.items() if times > 1)),
        denied=tuple(sorted(one for one, stands in ledger.items() if stands in _NOT_SENT and one in taken)),
        strangers=tuple(sorted(one for one in taken if one not in ledger)),
        uncertain_taken=tuple(one for one in uncertain if one in taken),
        uncertain_not_taken=tuple(one for one in uncertain if one not in taken),
    )
