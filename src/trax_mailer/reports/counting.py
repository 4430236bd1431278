"""Counting: the numbers of an issue's mailings, put together into one report."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from trax_mailer.model.mailing import Mailing, Outcome
from trax_mailer.model.report import BounceLine, MailingLine, Report, Tally, TrendLine
from trax_mailer.model.visit import TrackingMode, VisitKind
from trax_mailer.reports.adding import add_counts, add_proofs, add_tallies
from trax_mailer.reports.growing import growth_of
from trax_mailer.reports.hours import hour_lines
from trax_mailer.reports.splitting import SectionNames, split_languages, split_links, split_providers
from trax_mailer.storage.link_tables import link_table
from trax_mailer.storage.proofs import count_proof
from trax_mailer.storage.report_lists import count_left
from trax_mailer.storage.report_numbers import REFUSED, count_bounces, count_outcomes
from trax_mailer.storage.report_visits import count_reasons, has_folded, tally_kinds

ARRIVED = (Outcome.DELIVERED, Outcome.COMPLAINED)
"""Outcomes by which the mail arrived: who complains had it."""


def count_report(
    connection: Connection, mailings: Sequence[Mailing], *, names: SectionNames | None = None
) -> Report:
    """The report on these mailings of one issue, at least one. `names` are those of its sections."""
    ids = [one.id for one in mailings]
    lines = [_line(connection, one) for one in mailings]
    bounces = add_counts(count_bounces(connection, one) for one in ids)
    sections, links = split_links(connection, ids, names or {})
    reasons = add_counts(
        {(kind, verdict, why): count for kind, verdict, why, count in count_reasons(connection, one)}
        for one in ids
    )
    return Report(
        issue_number=mailings[0].issue_number,
        title=mailings[0].issue_title,
        mailings=tuple(lines),
        proof=add_proofs(one.proof for one in lines),
        outcomes=dict(add_counts(count_outcomes(connection, one) for one in ids)),
        visits=_visits(connection, ids),
        providers=split_providers(connection, ids),
        languages=split_languages(connection, ids),
        sections=sections,
        links=links,
        bounces=tuple(
            BounceLine(outcome=outcome, words=words, count=count)
            for (outcome, words), count in bounces.most_common()
        ),
        hours=hour_lines(connection, ids),
        left=tuple(
            (f"{one.list_name}, mailing {one.id}", count_left(connection, one.id)) for one in mailings
        ),
        growth=growth_of(connection, {one.list_name for one in mailings}),
        folded=any(has_folded(connection, one) for one in ids),
        reasons=tuple((*key, count) for key, count in reasons.most_common()),
    )


def count_trend(connection: Connection, mailings: Sequence[Mailing]) -> tuple[TrendLine, ...]:
    """A line for each issue, by number."""
    by_issue: dict[int, list[Mailing]] = {}
    for one in mailings:
        by_issue.setdefault(one.issue_number, []).append(one)
    return tuple(_trend_line(connection, number, by_issue[number]) for number in sorted(by_issue))


def _trend_line(connection: Connection, number: int, mailings: Sequence[Mailing]) -> TrendLine:
    ids = [one.id for one in mailings]
    proof = add_proofs(count_proof(connection, one) for one in ids)
    outcomes = add_counts(count_outcomes(connection, one) for one in ids)
    visits = _visits(connection, ids)
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
        left=sum(count_left(connection, one) for one in ids),
        tracked=any(one.tracking is not TrackingMode.NONE for one in mailings),
    )


def _visits(connection: Connection, ids: Sequence[int]) -> dict[VisitKind, Tally]:
    found = [tally_kinds(connection, one) for one in ids]
    return {kind: add_tallies(one[kind] for one in found) for kind in VisitKind}


def _line(connection: Connection, mailing: Mailing) -> MailingLine:
    table = link_table(connection, mailing.id)
    return MailingLine(
        id=mailing.id,
        list_name=mailing.list_name,
        language=table.language if table else "",
        transport=mailing.transport,
        tracking=mailing.tracking.value,
        state=mailing.state.value,
        started_at=mailing.started_at,
        proof=count_proof(connection, mailing.id),
    )
