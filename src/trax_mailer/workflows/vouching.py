"""What nobody signed is believed only where it names the reader.

Message-IDs of ours are numbers in order, and every reader knows one: whoever could make others bounce by
counting on from it must not be able to. So a failure or a complaint has to name the address that the copy
went to, or to return the way out of the list that stood in it, which nobody can make up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from trax_mailer.audience import same_address
from trax_mailer.events import Report, parts_of
from trax_mailer.model.event import EventKind
from trax_mailer.storage import Ledger, open_ring
from trax_mailer.storage.copies import Copy, copies_among
from trax_mailer.tokens import KeyRing, read_mail_token

_NEED_IT = frozenset({EventKind.BOUNCED, EventKind.BLOCKED, EventKind.COMPLAINED, EventKind.DROPPED})


def vouched(ledger: Ledger, reports: Sequence[Report]) -> list[Report]:
    """The same reports in order; of one that names somebody else it stays that the message was taken."""
    doubtful = {index for index, one in enumerate(reports) if one.kind in _NEED_IT}
    if not doubtful:
        return list(reports)
    copies = _copies(ledger, (reports[index] for index in doubtful))
    ring = open_ring(ledger) if any(reports[index].tokens for index in doubtful) else None
    return [
        one if index not in doubtful or _names(one, copies, ring) else _taken(one)
        for index, one in enumerate(reports)
    ]


def _copies(ledger: Ledger, reports: Iterable[Report]) -> dict[tuple[int, int], Copy]:
    deliveries = {parts for one in reports if (parts := parts_of(one.message_id)) is not None}
    with ledger.read() as connection:
        return copies_among(connection, deliveries)


def _names(report: Report, copies: dict[tuple[int, int], Copy], ring: KeyRing | None) -> bool:
    parts = parts_of(report.message_id)
    copy = copies.get(parts) if parts is not None else None
    if copy is None:
        return False
    if any(same_address(one, copy.sent_to.lower()) for one in report.addresses):
        return True
    ours = [read_mail_token(ring, token) for token in report.tokens] if ring is not None else []
    return any(
        one is not None and (one.mailing_id, one.subscriber_id) == (copy.mailing_id, copy.subscriber_id)
        for one in ours
    )


def _taken(report: Report) -> Report:
    return dataclasses.replace(report, kind=EventKind.PROCESSED, reason="")
