"""Markers: words that stand for a slot on its way through Markdown, Jinja, MJML and the inliner.

A marker is one ASCII word of letters and digits, `tx`, twelve letters, nine digits, so nothing
on the way escapes, splits or re-wraps it. Its letters are derived from the content, in which they
do not occur. Its last four digits say how long the value is likely to be, for wrapping.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from trax_mailer.model.edition import Edge, SlotKind

MARKER = re.compile(r"tx[a-p]{12}\d{9}", re.IGNORECASE)
"""What every marker looks like, of whatever rendering. Case is ignored: templates may use `upper`."""

EDGE = re.compile(r"tx[a-p]{12}[5-9]\d{4}0000")
"""The same, of the edge of a section: numbered from 50,000, and of no length."""

_HEX_TO_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_LONGEST = 9999
_EDGES_FROM = 50_000
_TELLING = 8
"""Characters of the stem by which a torn marker is still recognised."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a marker stands for; `written` is how it reads in a label or a message."""

    kind: SlotKind
    key: str
    default: str
    written: str


@dataclass(slots=True)
class Markers:
    """The markers of one rendering, handed out in order; the same meaning gets the same marker."""

    stem: str
    _by_meaning: dict[Meaning, str] = field(default_factory=dict)
    _by_marker: dict[str, Meaning] = field(default_factory=dict)
    _edges: dict[str, Edge] = field(default_factory=dict)

    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self.pattern = re.compile(self.stem + r"\d{9}", re.IGNORECASE)

    @classmethod
    def absent_from(cls, content: str) -> Markers:
        """Markers whose stem does not occur in `content`, whatever the case. Deterministic."""
        folded = content.casefold()
        attempt = 0
        while True:
            digest = hashlib.sha256(f"{attempt}:{content}".encode("utf-8", "surrogatepass")).hexdigest()
            stem = "tx" + digest[:12].translate(_HEX_TO_LETTERS)
            if stem[:_TELLING] not in folded:
                return cls(stem)
            attempt += 1

    def mark(self, kind: SlotKind, *, key: str = "", default: str = "", length: int, written: str) -> str:
        """The marker for a slot whose value is likely to be `length` characters long."""
        meaning = Meaning(kind, key, default, written)
        marker = self._by_meaning.get(meaning)
        if marker is None:
            marker = f"{self.stem}{len(self._by_meaning):05d}{min(length, _LONGEST):04d}"
            self._by_meaning[meaning] = marker
            self._by_marker[marker] = meaning
        return marker

    def mark_edge(self, edge: Edge) -> str:
        """The marker for the edge of a section. It shows nothing."""
        marker = f"{self.stem}{_EDGES_FROM + len(self._edges):05d}0000"
        self._edges[marker] = edge
        return marker

    def edge(self, marker: str) -> Edge | None:
        """The edge that `marker` stands for, None where it stands for a slot or nothing."""
        return self._edges.get(marker.lower())

    def meaning(self, marker: str) -> Meaning | None:
        """What `marker` stands for, None when this rendering never handed it out."""
        return self._by_marker.get(marker.lower())

    def found_in(self, text: str) -> list[str]:
        """Every marker of this rendering in `text`, in order, in lower case."""
        return self.pattern.findall(text.lower())

    def torn_in(self, text: str) -> bool:
        """Whether `text`, out of which all markers have been cut, still holds the head of one."""
        return self.stem[:_TELLING] in text.lower()

    def written_out(self, text: str) -> str:
        """`text` with every marker as a person would write it, for labels and messages."""

        def write(match: re.Match[str]) -> str:
            if self.edge(match.group()):
                return "the edge of a section"
            meaning = self.meaning(match.group())
            return meaning.written if meaning else match.group()

        return MARKER.sub(write, text) if self.stem in text else text


def shown_length(text: str) -> int:
    """How many characters `text` takes once its markers are replaced."""
    length = len(text)
    for marker in MARKER.findall(text):
        length += int(marker[-4:]) - len(marker)
    return length
