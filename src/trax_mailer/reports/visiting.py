"""Visits as numbers: tallies by kind, language, link and section, all from one reading of a mailing."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping
from typing import TypeAlias, TypeVar

from trax_mailer.model.report import Tally
from trax_mailer.model.visit import HIDDEN_LINK, Verdict, VisitKind
from trax_mailer.model.visit_counts import MailingVisits

FRAME, HIDDEN = -1, -2
"""What stands for the section of a link that stands in none, and of the link that nobody sees."""

Reason: TypeAlias = tuple[VisitKind, Verdict, str]
Group = TypeVar("Group", bound=Hashable)


def tally_kinds(visits: MailingVisits) -> dict[VisitKind, Tally]:
    """All visits of the mailing: clicks and opens."""
    return {kind: _tally(visits, kind, lambda _link: 0).get(0, Tally()) for kind in VisitKind}


def tally_languages(visits: MailingVisits) -> dict[tuple[VisitKind, str], Tally]:
    """The same, by language."""
    names = {one.language for one in visits.seen} | {one.language for one in visits.folded}
    return {
        (kind, name): tally
        for name in names
        for kind, tally in tally_kinds(_in_language(visits, name)).items()
        if tally.visits
    }


def tally_links(visits: MailingVisits) -> dict[int, Tally]:
    """The clicks by the number of the link, the hidden one left in."""
    return _tally(visits, VisitKind.CLICK, lambda link: link)


def tally_sections(visits: MailingVisits, sections: Mapping[int, int | None]) -> dict[int, Tally]:
    """The clicks by section; `sections` says where each link stands."""
    places = {HIDDEN_LINK: HIDDEN} | {link: one for link, one in sections.items() if one is not None}
    return _tally(visits, VisitKind.CLICK, lambda link: places.get(link, FRAME))


def tally_groups(visits: MailingVisits, groups: Mapping[int, Group]) -> dict[Group, Tally]:
    """The clicks on links that are in a group, by group: a copy counts once in each."""
    return _tally(visits, VisitKind.CLICK, groups.get)


def visits_by_hour(visits: MailingVisits) -> Counter[tuple[dt.datetime, VisitKind, Verdict]]:
    """How many visits were made in which hour."""
    hours: Counter[tuple[dt.datetime, VisitKind, Verdict]] = Counter()
    for one, count in visits.seen.items():
        hours[one.at, one.kind, one.verdict] += count
    for old in visits.folded:
        hours[old.at, old.kind, old.verdict] += old.visits
    return hours


def count_reasons(visits: MailingVisits) -> Counter[Reason]:
    """Why visits were judged as they were, of those kept one by one."""
    reasons: Counter[Reason] = Counter()
    for one, count in visits.seen.items():
        if one.why:
            reasons[one.kind, one.verdict, one.why] += count
    return reasons


def _tally(
    visits: MailingVisits, kind: VisitKind, group: Callable[[int], Group | None]
) -> dict[Group, Tally]:
    """Visits by the group of their link, None for none: by verdict, and by how many copies made them.

    Of visits that are kept, each copy counts once in a group. A count of old keeps no copies, only how many
    there were in each hour: these are added.
    """
    counts: defaultdict[Group | None, Counter[str]] = defaultdict(Counter)
    for seen, number in visits.seen.items():
        if seen.kind is kind:
            counts[group(seen.link)][seen.verdict.value] += number
    for copy, number in visits.copies.items():
        for name, links in (("copies", copy.links(kind)), ("people", copy.links(kind, human=True))):
            for one in {group(link) for link in links}:
                counts[one][name] += number
    for old in visits.folded:
        if old.kind is kind:
            found = counts[group(old.link)]
            found[old.verdict.value] += old.visits
            found["copies"] += old.visitors
            found["people"] += old.visitors if old.verdict is Verdict.HUMAN else 0
    return {one: Tally(**found) for one, found in counts.items() if one is not None}


def _in_language(visits: MailingVisits, language: str) -> MailingVisits:
    return MailingVisits(
        seen={one: number for one, number in visits.seen.items() if one.language == language},
        copies={one: number for one, number in visits.copies.items() if one.language == language},
        folded=tuple(one for one in visits.folded if one.language == language),
    )
