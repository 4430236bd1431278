"""What sections readers use: clicks by type and by title of the section, over all issues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trax_mailer.model.report import Tally, UsedLine
from trax_mailer.model.visit import VisitKind
from trax_mailer.reports.adding import add_tallies
from trax_mailer.reports.reading import MailingNumbers
from trax_mailer.reports.visiting import tally_groups, tally_kinds
from trax_mailer.reports.withholding import withhold_rows

_PEOPLE = (3, 4)
"""The columns of `VISIT_COLUMNS` that count people."""


class Section(NamedTuple):
    """What a section is called: its type, and its title, which may be empty."""

    type: str
    title: str


_FRAME = Section("around the sections", "")
_UNNAMED = Section("not known any more", "")
_LAST = (_FRAME, _UNNAMED)


@dataclass(slots=True)
class _Use:
    issues: set[int] = field(default_factory=set)
    tallies: list[Tally] = field(default_factory=list)
    clicked: int = 0


class Uses:
    """Collects the issues one by one, so that only one need be in memory."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._types: dict[Section, _Use] = {}
        self._titles: dict[Section, _Use] = {}

    def add(self, issue: int, read: Sequence[MailingNumbers], names: Mapping[int, Section]) -> None:
        """The mailings of one issue; `names` are those of its sections, by their place in it."""
        for one in read:
            if one.links is None:
                continue
            titles = {
                number: _FRAME if link.section is None else names.get(link.section, _UNNAMED)
                for number, link in one.links.links.items()
            }
            types = {number: Section(section.type, "") for number, section in titles.items()}
            clicked = tally_kinds(one.visits)[VisitKind.CLICK].people
            for uses, groups in ((self._types, types), (self._titles, titles)):
                tallies = tally_groups(one.visits, groups)
                for section in set(groups.values()):
                    use = uses.setdefault(section, _Use())
                    use.issues.add(issue)
                    use.tallies.append(tallies.get(section, Tally()))
                    use.clicked += clicked

    def by_type(self) -> tuple[UsedLine, ...]:
        """A line for each type, that which most people used first."""
        return _lines(self._types)

    def by_title(self) -> tuple[UsedLine, ...]:
        """A line for each title, the types as above; none where nothing has a title.

        They add up to their type, which is shown: so the titles of a withheld type are withheld, and in
        others, no title is withheld alone.
        """
        lines: list[UsedLine] = []
        for whole in self.by_type():
            titles = {one: use for one, use in self._titles.items() if one.type == whole.type}
            if any(one.title for one in titles):
                lines += _lines(titles, all_withheld=whole.share is None)
        return tuple(lines)


def _lines(uses: Mapping[Section, _Use], *, all_withheld: bool = False) -> tuple[UsedLine, ...]:
    tallies = {section: add_tallies(use.tallies) for section, use in uses.items()}
    ranked = sorted(uses, key=lambda one: (one in _LAST, -tallies[one].people, -len(uses[one].issues), one))
    rows = [
        (tally.human, tally.machine, tally.unsure, tally.people, tally.copies)
        for tally in (tallies[section] for section in ranked)
    ]
    shown = _withheld(rows) if all_withheld else withhold_rows(rows, people=_PEOPLE)
    return tuple(
        UsedLine(
            type=section.type,
            title=section.title,
            issues=len(uses[section].issues),
            numbers=row,
            share=None if row[3] is None else round(100 * row[3] / (uses[section].clicked or 1)),
        )
        for section, row in zip(ranked, shown, strict=True)
    )


def _withheld(rows: Iterable[Sequence[int]]) -> list[tuple[None, ...]]:
    return [(None,) * len(row) for row in rows]
