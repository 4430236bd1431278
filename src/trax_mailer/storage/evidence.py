"""The evidence of an event: what it makes of the delivery that it is about."""

from __future__ import annotations

from dataclasses import dataclass

from trax_mailer.model.event import EventKind
from trax_mailer.model.mailing import Handover, Outcome

_PROVED = "no answer was seen, but it was taken:"
"""So begins the reason of a delivery that was uncertain until an event proved that it was accepted."""

_OUTCOME = {
    EventKind.LEFT: Outcome.UNKNOWN,
    EventKind.PROCESSED: Outcome.UNKNOWN,
    EventKind.DEFERRED: Outcome.DEFERRED,
    EventKind.DELIVERED: Outcome.DELIVERED,
    EventKind.BLOCKED: Outcome.BLOCKED,
    EventKind.DROPPED: Outcome.DROPPED,
    EventKind.BOUNCED: Outcome.BOUNCED,
    EventKind.COMPLAINED: Outcome.COMPLAINED,
}
"""In order of rank: a later one stands, in whatever order the events arrive."""

KINDS = tuple(_OUTCOME)
"""The kinds of events, the weakest first."""

_RANK = {outcome: rank for rank, outcome in enumerate(_OUTCOME.values())}
_KIND_RANK = {kind: rank for rank, kind in enumerate(KINDS)}

PROVED_BEGINS = f"{_PROVED}%"
"""The same, for a LIKE."""


def stronger(one: EventKind, other: EventKind) -> EventKind:
    """The one of higher rank."""
    return one if _KIND_RANK[one] >= _KIND_RANK[other] else other


def raises(kind: EventKind) -> tuple[Outcome, list[Outcome]]:
    """The outcome that an event of that kind brings about, and from which others it does."""
    outcome = _OUTCOME[kind]
    return outcome, [one for one, rank in _RANK.items() if rank < _RANK[outcome]]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says about one delivery: the row before, or the row to be."""

    handover: Handover
    outcome: Outcome
    reason: str


def after_event(row: Standing, kind: EventKind, provider: str) -> Standing:
    """The row once that event, the strongest of the delivery, is known. The same event changes it once."""
    proved = row.handover is Handover.UNCERTAIN or row.reason.startswith(_PROVED)
    return Standing(
        handover=Handover.ACCEPTED if row.handover is Handover.UNCERTAIN else row.handover,
        outcome=max(row.outcome, _OUTCOME[kind], key=lambda outcome: _RANK[outcome]),
        reason=f"{_PROVED} {kind}, says {provider}" if proved else row.reason,
    )
