"""Judging visits: those that are new some minutes after they came, and all of a mailing anew when asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event

from trax_mailer.errors import Refused
from trax_mailer.events.verdicts import judge
from trax_mailer.model.visit import Visit
from trax_mailer.storage import Ledger, open_ledger
from trax_mailer.storage.judging import (
    count_folded,
    count_verdicts,
    keep_verdicts,
    mailings_to_judge,
    next_to_judge,
    next_visits,
    visits_by,
)
from trax_mailer.storage.link_tables import link_table
from trax_mailer.storage.mailings import load_mailings
from trax_mailer.workflows.wiring import Workspace

PATIENCE = dt.timedelta(minutes=3)
"""So old is a visit before it is judged: what tells a machine may come two minutes later. Times of visits are
rounded down to the minute."""

_PAGE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictLine:
    """How many visits of a kind have that verdict, for that reason."""

    kind: str
    verdict: str
    why: str
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """The visits of an issue by verdict. `folded` are counts by now, and keep the verdicts they had."""

    lines: tuple[VerdictLine, ...]
    folded: int


def judge_new(ledger: Ledger, *, now: dt.datetime, stop: Event | None = None) -> int:
    """Judge the visits that came more than some minutes ago. Returns how many were looked at.

    All visits of a pseudonym are judged together: what came later may tell what the first was.
    """
    before = now - PATIENCE
    with ledger.read() as connection:
        mailings = mailings_to_judge(connection, before=before)
    looked_at = 0
    for mailing_id in mailings:
        links, after = _links_of(ledger, mailing_id), 0
        while stop is None or not stop.is_set():
            with ledger.read() as connection:
                found = next_to_judge(connection, mailing_id, before=before, after=after, limit=_PAGE)
            if not found:
                break
            after = found[-1].id
            looked_at += _judge(ledger, mailing_id, found, links=links)
    return looked_at


def verdicts_of(workspace: Workspace, issue_number: int, *, recompute: bool) -> Verdicts:
    """What the visits of the issue are taken for; with `recompute`, judged anew by the rules of today.

    Raises Refused where the issue was never sent.
    """
    settings = workspace.settings
    with open_ledger(settings.state, settings.database) as ledger:
        with ledger.read() as connection:
            mailings = [
                one.id
                for one in load_mailings(connection)
                if one.issue_number == issue_number and not one.simulated
            ]
        if not mailings:
            raise Refused(f"No {issue_number} was never sent.", advice="See what was with: trax status")
        for mailing_id in mailings if recompute else ():
            links = _links_of(ledger, mailing_id)
            for page in _pages(ledger, mailing_id):
                _judge(ledger, mailing_id, page, links=links)
        with ledger.read() as connection:
            counted = [line for one in mailings for line in count_verdicts(connection, one)]
            folded = sum(count_folded(connection, one) for one in mailings)
    return Verdicts(lines=_added(counted), folded=folded)


def _pages(ledger: Ledger, mailing_id: int) -> Iterator[list[Visit]]:
    after = 0
    while True:
        with ledger.read() as connection:
            page = next_visits(connection, mailing_id, after=after, limit=_PAGE)
        if not page:
            return
        after = page[-1].id
        yield page


def _links_of(ledger: Ledger, mailing_id: int) -> int:
    """How many links the mailing has; that never changes."""
    with ledger.read() as connection:
        table = link_table(connection, mailing_id)
    return len(table.links) if table else 0


def _judge(ledger: Ledger, mailing_id: int, some: Sequence[Visit], *, links: int) -> int:
    """Judge everything by those who made these visits; only what is found anew is written."""
    pseudonyms = {one.pseudonym for one in some if one.pseudonym}
    readers = {one.subscriber_id for one in some if one.subscriber_id}
    with ledger.write(alone=False) as connection:
        known = visits_by(connection, mailing_id, pseudonyms=pseudonyms, readers=readers)
        alone = [one for one in some if not one.pseudonym and not one.subscriber_id]
        judged = judge([*known, *alone], links=links)
        before = {one.id: (one.verdict, one.why) for one in (*known, *alone)}
        keep_verdicts(connection, [one for one in judged if before[one.id] != (one.verdict, one.why)])
    return len(judged)


def _added(counted: Sequence[tuple[str, str, str, int]]) -> tuple[VerdictLine, ...]:
    sums: dict[tuple[str, str, str], int] = {}
    for kind, verdict, why, visits in counted:
        sums[kind, verdict, why] = sums.get((kind, verdict, why), 0) + visits
    return tuple(
        VerdictLine(kind=kind, verdict=verdict, why=why or "not judged yet", visits=visits)
        for (kind, verdict, why), visits in sorted(sums.items())
    )
