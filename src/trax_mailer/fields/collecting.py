"""Collecting findings, with suggestions for what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.yamltree import Node

MAX_FINDINGS = 100
"""More than a person reads; a file with so many problems is of another kind."""

_LONGEST_WORD = 60


class Wrong(Exception):
    """A value cannot be taken as what its field declares.

    `message` completes “<name> …”: it says what was expected and what stands there.
    """

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A problem inside a text: `written` stands at `offset` (in characters) of it."""

    offset: int
    written: str
    message: str
    advice: str = ""
    check: str = "fields"
    severity: Severity = Severity.ERROR


class Findings:
    """Findings of one reading, at most `MAX_FINDINGS` of them, and a last one that says so."""

    def __init__(self, *, check: str = "fields") -> None:
        self._check = check
        self._items: list[Finding] = []
        self._left_out: Severity | None = None

    @property
    def full(self) -> bool:
        """Whether nothing more is kept. Whoever stops looking then calls `stop_looking`."""
        return len(self._items) >= MAX_FINDINGS

    def stop_looking(self) -> None:
        """Something was not looked at, so it must not pass for good."""
        self._left_out = Severity.ERROR

    def at(
        self,
        node: Node,
        message: str,
        *,
        advice: str = "",
        check: str | None = None,
        severity: Severity = Severity.ERROR,
        place: Place | None = None,
    ) -> None:
        """Add a finding at a node, or at a `place` inside its file."""
        at = place or node.place
        finding = node.source.finding(
            at, message, check=check or self._check, advice=advice, severity=severity
        )
        self.extend((finding,))

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add findings made elsewhere."""
        for finding in findings:
            if not self.full:
                self._items.append(finding)
            elif self._left_out is not Severity.ERROR:
                self._left_out = finding.severity

    def all(self) -> tuple[Finding, ...]:
        """Everything found, in the order of the file."""
        found = sorted(self._items, key=lambda finding: finding.place or Place("", 0, 0))
        if self._left_out is not None:
            found.append(
                Finding(
                    check=self._check,
                    severity=self._left_out,
                    message=f"These are the first {MAX_FINDINGS} findings; there are more.",
                    place=found[-1].place,
                    advice="Mend these first; the rest is shown then.",
                )
            )
        return tuple(found)


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant; None when none is near."""
    if len(word) > _LONGEST_WORD:
        return None
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.casefold().replace(" ", "_"), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """“Did you mean “x”?” for the candidate nearest to a word, or nothing when none is near."""
    meant = nearest(word, candidates)
    return f"Did you mean “{meant}”?" if meant else ""


def listed(words: Iterable[str], *, most: int = 20) -> str:
    """Words as they are enumerated in a message."""
    names = list(words)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def shortened(words: str, *, most: int = 60) -> str:
    """Words of the file as they are quoted in a message: one line, not endless."""
    line = " ".join(words.split())
    return line if len(line) <= most else line[:most] + "…"


def subject(path: str) -> str:
    """A value as a sentence begins with it: “deadline”, “url” in entry 2 of “links”."""
    name = named(path)
    return f"E{name[1:]}" if name.startswith("entry") else name


def named(path: str) -> str:
    """A value as a sentence speaks of it.

    Entries are counted from 1, as people do; those of lists in lists are 1.2.
    """
    parts = path.split(".")
    last = max((index for index, part in enumerate(parts) if part.isdigit()), default=None)
    if last is None:
        return f"“{path}”"
    first = last
    while parts[first - 1].isdigit():
        first -= 1
    counted = ".".join(str(int(part) + 1) for part in parts[first : last + 1])
    after = ".".join(parts[last + 1 :])
    entry = f"entry {counted} of “{parts[first - 1]}”"
    return f"“{after}” in {entry}" if after else entry
