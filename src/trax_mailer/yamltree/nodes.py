"""The nodes of a tree: scalars, mappings and sequences, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from trax_mailer.model.finding import Finding, Place, Severity

EXCERPT_LENGTH = 300
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Style(StrEnum):
    """How a scalar was written."""

    PLAIN = "plain"
    SINGLE = "single quotes"
    DOUBLE = "double quotes"
    LITERAL = "block with |"
    FOLDED = "block with >"
    REFUSED = "refused"
    """Stands for something that a finding refused already (an alias, a key that is no word)."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file a node comes from: its name as shown to the person, and its lines."""

    file: str
    lines: tuple[str, ...] = field(repr=False)

    def excerpt(self, line: int) -> str:
        """The line as it stands, cut where it is absurdly long; empty past the end of the file."""
        if not 1 <= line <= len(self.lines):
            return ""
        words = self.lines[line - 1]
        return words if len(words) <= EXCERPT_LENGTH else words[:EXCERPT_LENGTH] + "…"

    def place(self, line: int, column: int) -> Place:
        """That place, or the nearest one in the file: parsers point past its end at times."""
        line = min(max(line, 1), max(len(self.lines), 1))
        end = len(self.lines[line - 1]) + 1 if self.lines else 1
        return Place(self.file, line, min(max(column, 1), end))

    def finding(
        self,
        place: Place,
        message: str,
        *,
        check: str,
        advice: str = "",
        severity: Severity = Severity.ERROR,
    ) -> Finding:
        """A finding at that place, with its line."""
        return Finding(
            check=check,
            severity=severity,
            message=message,
            place=place,
            excerpt=self.excerpt(place.line),
            advice=advice,
        )


@dataclass(frozen=True, slots=True)
class Scalar:
    """Words, as they look. `raw` is what stands in the file, quotes and indentation included."""

    text: str
    style: Style
    place: Place
    source: Source = field(repr=False, compare=False)
    raw: str = field(default="", repr=False, compare=False)

    @property
    def is_null(self) -> bool:
        """Whether the core rules of YAML 1.2 read this as nothing at all (§10.3.2)."""
        return self.style is Style.REFUSED or (self.style is Style.PLAIN and self.text in _NULLS)

    def place_in(self, offset: int, written: str) -> Place:
        """Where `written`, which starts at `offset` of the text, stands in the file.

        Blanks that a line break stands for, and quotes written twice or with a backslash, are
        allowed for. Falls back on the place of the whole scalar.
        """
        wanted = _loosely(written)
        earlier = sum(1 for _ in wanted.finditer(self.text, 0, offset))
        for count, match in enumerate(wanted.finditer(self.raw)):
            if count == earlier:
                before = self.raw[: match.start()]
                line = before.count("\n")
                column = match.start() - before.rfind("\n") if line else self.place.column + match.start()
                return Place(self.place.file, self.place.line + line, column)
        return self.place

    @property
    def rest_of_line(self) -> str:
        """What follows on the scalar's last line: nothing, or a comment."""
        first, *more = self.raw.split("\n")
        line = self.place.line + len(more)
        column = len(more[-1]) if more else self.place.column - 1 + len(first)
        return self.source.lines[line - 1][column:] if line <= len(self.source.lines) else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and what stands under it."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Named entries in the order of the file; no name twice. `flow` is True when written with {}."""

    entries: tuple[Entry, ...]
    place: Place
    source: Source = field(repr=False, compare=False)
    flow: bool = False

    def entry(self, name: str) -> Entry | None:
        """The entry of that name."""
        return next((entry for entry in self.entries if entry.key.text == name), None)

    def get(self, name: str) -> Node | None:
        """What stands under that name."""
        entry = self.entry(name)
        return entry.value if entry else None

    def names(self) -> tuple[str, ...]:
        """The names, in the order of the file."""
        return tuple(entry.key.text for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list. `flow` is True when written with []."""

    items: tuple[Node, ...]
    place: Place
    source: Source = field(repr=False, compare=False)
    flow: bool = False


Node: TypeAlias = Scalar | Mapping | Sequence


def _loosely(written: str) -> re.Pattern[str]:
    """`written` as it may look in a file: any white space for blanks, quotes escaped or doubled."""
    pieces = re.split(r"(\s+|[\"'])", written)
    forms = {'"': r'\\?"', "'": "''?"}
    return re.compile(
        "".join(forms.get(piece, r"\s+" if piece.isspace() else re.escape(piece)) for piece in pieces)
    )
