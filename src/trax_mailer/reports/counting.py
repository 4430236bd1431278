"""Counting: the numbers of an issue's mailings, put together into one report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from trax_mailer.model.mailing import Mailing, Outcome
from trax_mailer.model.report import BounceLine, MailingLine, Report, Tally, Trend, TrendLine
from trax_mailer.model.visit import TrackingMode, VisitKind
from trax_mailer.reports.adding import add_counts, add_proofs, add_tallies
from trax_mailer.reports.growing import growth_of
from trax_mailer.reports.hours import hour_lines
from trax_mailer.reports.reading import MailingNumbers, read_mailing
from trax_mailer.reports.splitting import SectionNames, split_languages, split_links, split_providers
from trax_mailer.reports.using import Section, Uses
from trax_mailer.reports.visiting import count_reasons, tally_kinds
from trax_mailer.storage.report_lists import count_left
from trax_mailer.storage.report_numbers import REFUSED, count_bounces

ARRIVED = (Outcome.DELIVERED, Outcome.COMPLAINED)
"""Outcomes by which the mail arrived: who complains had it."""


def count_report(
    connection: Connection, mailings: Sequence[Mailing], *, names: SectionNames | None = None
) -> Report:
    """The report on these mailings of one issue, at least one. `names` are those of its sections."""
    read = [read_mailing(connection, one) for one in mailings]
    bounces = add_counts(count_bounces(connection, one.id) for one in mailings)
    sections, links = split_links(read, names or {})
    reasons = add_counts(count_reasons(one.visits) for one in read)
    return Report(
        issue_number=mailings[0].issue_number,
        title=mailings[0].issue_title,
        mailings=tuple(_line(one) for one in read),
        proof=add_proofs(one.proof for one in read),
        outcomes=dict(add_counts(one.outcomes for one in read)),
        visits=_visits(read),
        providers=split_providers(read),
        languages=split_languages(read),
        sections=sections,
        links=links,
        bounces=tuple(
            BounceLine(outcome=outcome, words=words, count=count)
            for (outcome, words), count in bounces.most_common()
        ),
        hours=hour_lines(read),
        left=tuple(
            (f"{one.list_name}, mailing {one.id}", count_left(connection, one.id)) for one in mailings
        ),
        growth=growth_of(connection, {one.list_name for one in mailings}),
        folded=any(one.visits.folded for one in read),
        reasons=tuple((*key, count) for key, count in reasons.most_common()),
    )


def count_trend(
    connection: Connection,
    mailings: Sequence[Mailing],
    *,
    names_of: Callable[[int], Mapping[int, Section]] | None = None,
) -> Trend:
    """All issues, by number. `names_of` gives the sections of an issue, by their place in it."""
    by_issue: dict[int, list[Mailing]] = {}
    for one in mailings:
        by_issue.setdefault(one.issue_number, []).append(one)
    uses = Uses()
    lines = []
    for number, those in sorted(by_issue.items()):
        read = [read_mailing(connection, one) for one in those]
        lines.append(_trend_line(connection, number, read))
        tracked = [one for one in read if one.mailing.tracking is not TrackingMode.NONE]
        uses.add(number, tracked, names_of(number) if names_of else {})
    return Trend(
        lines=tuple(lines),
        growth=growth_of(connection, {one.list_name for one in mailings}),
        used_types=uses.by_type(),
        used_titles=uses.by_title(),
    )


def _trend_line(connection: Connection, number: int, read: Sequence[MailingNumbers]) -> TrendLine:
    mailings = [one.mailing for one in read]
    proof = add_proofs(one.proof for one in read)
    outcomes = add_counts(one.outcomes for one in read)
    visits = _visits(read)
    return TrendLine(
        issue_number=number,
        title=mailings[0].issue_title,
        first_sent=min((one.started_at for one in mailings if one.started_at), default=None),
        audience=proof.audience,
        accepted=proof.accepted,
        delivered=sum(outcomes[one] for one in ARRIVED),
        refused=sum(outcomes[one] for one in REFUSED),
        opened=visits[VisitKind.OPEN].people,
        clicked=visits[VisitKind.CLICK].people,
        left=sum(count_left(connection, one.id) for one in mailings),
        tracked=any(one.tracking is not TrackingMode.NONE for one in mailings),
    )


def _visits(read: Sequence[MailingNumbers]) -> dict[VisitKind, Tally]:
    found = [tally_kinds(one.visits) for one in read]
    return {kind: add_tallies(one[kind] for one in found) for kind in VisitKind}


def _line(read: MailingNumbers) -> MailingLine:
    mailing = read.mailing
    return MailingLine(
        id=mailing.id,
        list_name=mailing.list_name,
        language=read.links.language if read.links else "",
        transport=mailing.transport,
        tracking=mailing.tracking.value,
        state=mailing.state.value,
        started_at=mailing.started_at,
        proof=read.proof,
    )
