"""What checks look at, with the means to say where in the issue's file something stands."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from trax_mailer.model.edition import Edition
from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.model.issue import Issue
from trax_mailer.model.values import Group, Value
from trax_mailer.sections import SectionType
from trax_mailer.settings import Settings


@dataclass(frozen=True, slots=True)
class Spot:
    """A value of a section: which section's, under which dotted path, and where it stands."""

    section: int
    path: str
    value: Value
    place: Place


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An issue and its edition, as the checks see them."""

    issue: Issue
    edition: Edition
    settings: Settings
    types: Mapping[str, SectionType]
    today: dt.date

    @cached_property
    def spots(self) -> tuple[Spot, ...]:
        """Every value of every section, groups and lists taken apart, in order."""
        found: list[Spot] = []
        for index, section in enumerate(self.issue.sections):
            for path, value in _walked(section.values, ""):
                found.append(Spot(index, path, value, _nearest(section.places, path) or section.place))
        return tuple(found)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the issue's file; none where it cannot be read."""
        file = self.issue.folder / self.issue.file.replace("\\", "/").rpartition("/")[2]
        try:
            return tuple(file.read_text("utf-8-sig").split("\n"))
        except (OSError, UnicodeDecodeError):
            return ()

    def finding(
        self,
        check: str,
        severity: Severity,
        message: str,
        *,
        place: Place | None,
        written: str = "",
        advice: str = "",
    ) -> Finding:
        """A finding at `place`, or where `written` first stands from there on, with its line."""
        exact = self._where(place, written) if place and written else place
        shown = self.lines[exact.line - 1].strip() if exact and exact.line <= len(self.lines) else ""
        return Finding(
            check=check, severity=severity, message=message, place=exact, excerpt=shown, advice=advice
        )

    def _where(self, place: Place, written: str) -> Place:
        """`written` may be broken over lines in the file, or have its quotation marks escaped."""
        words = re.split(r"\s+", written.strip())
        pattern = re.compile(r"\s+".join(re.escape(word) for word in words))
        rest = "\n".join(self.lines[place.line - 1 :])
        match = pattern.search(rest)
        if match is None:
            return place
        before = rest[: match.start()]
        return Place(place.file, place.line + before.count("\n"), match.start() - before.rfind("\n"))


def _walked(value: Value, path: str) -> Iterator[tuple[str, Value]]:
    match value:
        case Group():
            for name in value:
                yield from _walked(value[name], f"{path}.{name}" if path else name)
        case tuple():
            for index, member in enumerate(value):
                yield from _walked(member, f"{path}.{index}")
        case None:
            return
        case _:
            yield path, value


def _nearest(places: Mapping[str, Place], path: str) -> Place | None:
    while path:
        if path in places:
            return places[path]
        path = path.rpartition(".")[0]
    return None
