"""Splits of a report: by mail provider, by language, by section and link, small groups withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from trax_mailer.model.edition import NumberedLink
from trax_mailer.model.mailing import Outcome
from trax_mailer.model.report import GroupLine, LinkLine, Tally
from trax_mailer.model.visit import HIDDEN_LINK, VisitKind
from trax_mailer.reports.adding import add_tallies
from trax_mailer.reports.reading import MailingNumbers
from trax_mailer.reports.visiting import FRAME, HIDDEN, tally_languages, tally_links, tally_sections
from trax_mailer.reports.withholding import withhold_cells, withhold_rows
from trax_mailer.storage.report_numbers import OTHER, REFUSED

SectionNames: TypeAlias = Mapping[int, str]
_PEOPLE = (3, 4)
_COLUMNS: dict[Outcome, int] = {
    Outcome.DELIVERED: 0,
    **dict.fromkeys(REFUSED, 1),
    Outcome.COMPLAINED: 2,
    Outcome.UNKNOWN: 3,
    Outcome.DEFERRED: 3,
}


def split_providers(read: Sequence[MailingNumbers]) -> tuple[GroupLine, ...]:
    """Who was accepted, by who runs their mailboxes; the largest first, the others together at the end."""
    counts: dict[str, list[int]] = {}
    for one in read:
        for alike, people in one.accepted.items():
            row = counts.setdefault(alike.provider, [0] * 5)
            row[_COLUMNS[alike.outcome]] += people
            row[-1] += people
    ranked = sorted(counts, key=lambda name: (name == OTHER, -counts[name][-1], name))
    return _lines(ranked, withhold_cells([counts[name] for name in ranked]))


def split_languages(read: Sequence[MailingNumbers]) -> dict[VisitKind, tuple[GroupLine, ...]]:
    """Visits by the language of the mail."""
    found: dict[tuple[VisitKind, str], list[Tally]] = {}
    for one in read:
        for key, tally in tally_languages(one.visits).items():
            found.setdefault(key, []).append(tally)
    tallies = {key: add_tallies(every) for key, every in found.items()}
    split = {}
    for kind in VisitKind:
        here = {key[1]: tally for key, tally in tallies.items() if key[0] is kind}
        ranked = sorted(here, key=lambda name: (-here[name].copies, name))
        split[kind] = _lines(ranked, withhold_rows([_row(here[name]) for name in ranked], people=_PEOPLE))
    return split


def split_links(
    read: Sequence[MailingNumbers], names: SectionNames
) -> tuple[tuple[GroupLine, ...], tuple[LinkLine, ...]]:
    """Clicks by section, in the order of the issue; and by link, the most pressed first.

    The links of a withheld section are withheld, too. A link that is the same in several editions is one.
    """
    by_link: dict[NumberedLink, list[Tally]] = {}
    by_section: dict[int, list[Tally]] = {}
    for one in read:
        table = one.links
        if table is None:
            continue
        places = {number: link.section for number, link in table.links.items()}
        for place in {FRAME if place is None else place for place in places.values()}:
            by_section.setdefault(place, [])
        for link in table.links.values():
            by_link.setdefault(link, [])
        for number, tally in tally_links(one.visits).items():
            by_link.setdefault(table.links.get(number) or _no_link(number), []).append(tally)
        for section, tally in tally_sections(one.visits, places).items():
            by_section.setdefault(section, []).append(tally)
    order = sorted(by_section, key=lambda place: (place < 0, abs(place)))
    rows = [_row(add_tallies(by_section[place])) for place in order]
    shown = dict(zip(order, withhold_rows(rows, people=_PEOPLE), strict=True))
    withheld = {place for place, row in shown.items() if row[-1] is None}
    lines = _lines([section_name(place, names) for place in order], list(shown.values()))
    links = [
        _link(link, add_tallies(every), names=names, withheld=withheld) for link, every in by_link.items()
    ]
    return lines, tuple(sorted(links, key=_rank))


def section_name(place: int, names: SectionNames) -> str:
    """How people call a section."""
    if place == FRAME:
        return "around the sections"
    if place == HIDDEN:
        return "the hidden link"
    name = names.get(place, "")
    return f"{place + 1} {name}" if name else f"section {place + 1}"


def _no_link(number: int) -> NumberedLink:
    """What stands for a number that no link has: the hidden link's, or one that somebody made up."""
    label = "the link that nobody sees" if number == HIDDEN_LINK else "a number of no link"
    return NumberedLink(
        number=number, target="", label=label, section=HIDDEN if number == HIDDEN_LINK else None
    )


def _link(link: NumberedLink, tally: Tally, *, names: SectionNames, withheld: set[int]) -> LinkLine:
    place = FRAME if link.section is None else link.section
    return LinkLine(
        number=link.number,
        label=link.label,
        target=link.target,
        place=place,
        section=section_name(place, names),
        tally=None if place in withheld else tally,
    )


def _rank(line: LinkLine) -> tuple[bool, int, int, int]:
    tally = line.tally or Tally()
    return line.tally is None, -tally.people, -tally.visits, line.number


def _row(tally: Tally) -> tuple[int, ...]:
    return tally.human, tally.machine, tally.unsure, tally.people, tally.copies


def _lines(names: Sequence[str], rows: Sequence[tuple[int | None, ...]]) -> tuple[GroupLine, ...]:
    return tuple(GroupLine(name=name, numbers=row) for name, row in zip(names, rows, strict=True))
