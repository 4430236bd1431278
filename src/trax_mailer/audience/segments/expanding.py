"""A segment with the other segments that it names put in: no rule of another file is left."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from trax_mailer.audience.segments.files import SUFFIX, advice_on, segment_file
from trax_mailer.audience.segments.reading import CHECK, Written, read_segment
from trax_mailer.errors import BadFile
from trax_mailer.fields import Findings
from trax_mailer.model.finding import Finding, has_errors
from trax_mailer.model.segments import (
    MOST_CONDITIONS,
    AllOf,
    AnyOf,
    Not,
    OtherSegment,
    Rule,
    parts_of,
    stored_rule,
    write_rule,
)
from trax_mailer.yamltree import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A segment. `rule` names no other; None, with `text` empty, where a finding is an error.

    `where` is what its file says, in one line, and `node` where that stands. `text` is the rule as
    canonical text.
    """

    name: str
    file: str
    title: str
    where: str
    rule: Rule | None
    text: str
    node: Scalar | None
    findings: tuple[Finding, ...]


def load_segment(folder: Path, name: str, *, zone: dt.tzinfo, shown: str = "subscribers") -> Loaded:
    """The segment of that name with the segments it names; days begin at midnight in that zone.

    `shown` is what the folder is called in findings. Raises BadFile where there is none.
    """
    path = segment_file(folder, name)
    if path is None:
        raise BadFile(f"There is no segment “{name[:80]}”.", advice=advice_on(folder, name))
    return _Loader(folder, zone, shown).load(path)


class _Loader:
    """Loads segments of one folder; the findings of all their files grow as it goes."""

    def __init__(self, folder: Path, zone: dt.tzinfo, shown: str) -> None:
        self._folder = folder
        self._zone = zone
        self._shown = shown
        self._findings = Findings(check=CHECK)
        self._read: dict[str, Written] = {}
        self._rules: dict[str, Rule | None] = {}

    def load(self, path: Path) -> Loaded:
        written = self._written(path)
        rule = self._expanded(written, trail=(written.name,))
        text = "" if rule is None else self._text(written, rule)
        findings = self._findings.all()
        usable = bool(text) and not has_errors(findings)
        return Loaded(
            name=written.name,
            file=written.file,
            title=written.title,
            where=written.where,
            rule=rule if usable else None,
            text=text if usable else "",
            node=written.node,
            findings=findings,
        )

    def _written(self, path: Path) -> Written:
        if path.stem not in self._read:
            shown_as = f"{self._shown}/{path.stem}{SUFFIX}"
            read = read_segment(path, shown_as=shown_as, zone=self._zone)
            self._findings.extend(read.findings)
            self._read[path.stem] = read
        return self._read[path.stem]

    def _expanded(self, written: Written, *, trail: tuple[str, ...]) -> Rule | None:
        if written.name not in self._rules:
            rule = None if written.rule is None else self._put_in(written.rule, written, trail)
            too_many = rule is not None and next(islice(parts_of(rule), MOST_CONDITIONS, None), None)
            if too_many:
                self._find_too_large(written)
            self._rules[written.name] = None if too_many else rule
        return self._rules[written.name]

    def _put_in(self, rule: Rule, written: Written, trail: tuple[str, ...]) -> Rule | None:
        match rule:
            case OtherSegment():
                return self._other(rule, written, trail)
            case Not(inner):
                found = self._put_in(inner, written, trail)
                return None if found is None else Not(found)
            case AllOf(rules) | AnyOf(rules):
                parts = [self._put_in(one, written, trail) for one in rules]
                whole = tuple(one for one in parts if one is not None)
                return type(rule)(whole) if len(whole) == len(parts) else None
        return rule

    def _other(self, named: OtherSegment, written: Written, trail: tuple[str, ...]) -> Rule | None:
        path = segment_file(self._folder, named.name)
        if path is None:
            message = f"There is no segment “{named.name}”."
            self._find(written, named, message, advice_on(self._folder, named.name))
            return None
        if path.stem in trail:
            circle = " → ".join((*trail[trail.index(path.stem) :], path.stem))
            self._find(
                written,
                named,
                f"This goes round in a circle: {circle}.",
                "A segment cannot be made of itself; take one of them out.",
            )
            return None
        other = self._written(path)
        if not other.usable:
            self._find(
                written, named, f"The segment “{other.name}” has errors.", "Mend them in its own file."
            )
            return None
        return self._expanded(other, trail=(*trail, other.name))

    def _text(self, written: Written, rule: Rule) -> str:
        """The canonical text. What cannot be read back from it would not be sent either."""
        text = write_rule(rule)
        try:
            stored_rule(text)
        except ValueError:
            self._find_too_large(written)
            return ""
        return text

    def _find_too_large(self, written: Written) -> None:
        message = "With the segments that it names, this one has too many conditions, or too deep ones."
        self._find(written, None, message, "Name fewer segments, or use a tag.")

    def _find(self, written: Written, named: OtherSegment | None, message: str, advice: str) -> None:
        if written.node is not None:
            place = written.node.place_in(named.offset, named.name) if named else written.node.place
            self._findings.at(written.node, message, advice=advice, place=place)
