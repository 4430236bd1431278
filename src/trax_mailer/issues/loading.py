"""Loading an issue: all problems at once, each at its place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from trax_mailer.fields import Findings, did_you_mean, read_fields
from trax_mailer.issues.frame import TO_WRITE
from trax_mailer.issues.head import ID_PATTERN, ISSUE_FIELDS
from trax_mailer.issues.topics import field_for_topics, topics_of
from trax_mailer.model.finding import Finding, Place, Severity, has_errors
from trax_mailer.model.issue import Issue, Section
from trax_mailer.model.values import Group, Text, Value
from trax_mailer.sections import SectionType
from trax_mailer.settings import Settings
from trax_mailer.yamltree import Mapping, Node, Scalar, Sequence, Tree, read_tree_from


@dataclass(frozen=True, slots=True)
class Loaded:
    """An issue, or None where an error stands in the way; and everything found, in file order."""

    issue: Issue | None
    findings: tuple[Finding, ...]


def load_issue(
    file: Path, *, types: MappingType[str, SectionType], settings: Settings, shown_as: str | None = None
) -> Loaded:
    """Read an issue. Pictures are looked for in the folder of the file."""
    tree = read_tree_from(file, shown_as=shown_as)
    findings = Findings()
    findings.extend(tree.findings)
    if tree.root is None:
        return Loaded(None, findings.all())
    if tree.is_empty:
        findings.at(
            tree.root,
            "This file is empty.",
            advice="An issue has a number, a title, a date and sections; “trax new” writes a frame.",
        )
        return Loaded(None, findings.all())
    issue = _Loader(tree, file.parent, types, settings, findings).load()
    return Loaded(None if has_errors(findings.all()) else issue, findings.all())


class _Loader:
    """Loads one file; the findings grow as it goes."""

    def __init__(
        self,
        tree: Tree,
        folder: Path,
        types: MappingType[str, SectionType],
        settings: Settings,
        findings: Findings,
    ) -> None:
        self._tree = tree
        self._folder = folder
        self._types = types
        self._settings = settings
        self._findings = findings
        self._ids: dict[str, Place] = {}

    def load(self) -> Issue | None:
        root = self._tree.root
        head = read_fields(root, ISSUE_FIELDS, whose="an issue", skip=("sections",))
        self._findings.extend(head.findings)
        if not isinstance(root, Mapping):
            return None
        sections = self._sections(root)
        values = head.group
        number, date = values["number"], values["date"]
        if not isinstance(number, int) or not isinstance(date, dt.date):
            return None
        self._compare_number(root, number)
        return Issue(
            number=number,
            title=_source(values["title"]),
            date=date,
            language=str(values["language"] or self._settings.language),
            preheader=_source(values["preheader"]),
            sections=sections,
            folder=self._folder,
            file=self._tree.source.file,
            places=head.places,
        )

    def _compare_number(self, root: Mapping, number: int) -> None:
        folder = self._folder.name
        if re.fullmatch(r"[0-9]{1,9}", folder) and int(folder) != number:
            self._findings.at(
                root.get("number") or root,
                f"The number is {number}, but the issue lies in the folder “{folder}”.",
                advice="Correct the number, or rename the folder.",
                severity=Severity.WARNING,
            )

    def _sections(self, root: Mapping) -> tuple[Section, ...]:
        entry = root.entry("sections")
        form = "Write “sections:” and below it each section, starting with “  - type: …”."
        if entry is None:
            self._findings.at(
                root, "“sections” is missing: an issue needs at least one section.", advice=form
            )
            return ()
        node = entry.value
        if isinstance(node, Scalar) and node.is_null:
            self._findings.at(
                entry.key, "“sections” is empty: an issue needs at least one section.", advice=form
            )
            return ()
        if not isinstance(node, Sequence):
            self._findings.at(node, "“sections” is not a list of sections.", advice=form)
            return ()
        if not node.items:
            self._findings.at(node, "“sections” is empty: an issue needs at least one section.", advice=form)
        sections = (self._section(item) for item in node.items)
        return tuple(section for section in sections if section is not None)

    def _section(self, node: Node) -> Section | None:
        if self._findings.full:
            self._findings.stop_looking()
            return None
        if not isinstance(node, Mapping):
            if not (isinstance(node, Scalar) and node.is_null):
                meant = node.text if isinstance(node, Scalar) and node.text in self._types else "…"
                self._findings.at(
                    node, "A section is a group of fields.", advice=f"Start it with “- type: {meant}”."
                )
            else:
                self._findings.at(node, "This section is empty.", advice="Fill it in, or delete the “-”.")
            return None
        declared = self._type(node)
        if declared is None:
            return None
        known = self._settings.topics
        reading = read_fields(
            node,
            (*declared.fields, *field_for_topics(node, declared, known, self._findings)),
            check_picture=self._folder,
            timezone=self._settings.timezone,
            whose=f"a section of the type “{declared.name}”",
            skip=("type", "id", "topics"),
        )
        self._findings.extend(reading.findings)
        self._left_to_write(node)
        values: dict[str, Value] = {"id": self._id(node), **reading.group.values}
        own = values.pop("topics", None)
        return Section(
            type=declared.name,
            values=Group(MappingProxyType(values)),
            place=node.place,
            places=reading.places,
            topics=topics_of(declared, known, own),
        )

    def _left_to_write(self, node: Mapping) -> None:
        """Words of the frame that nobody has replaced."""
        for entry in node.entries:
            if isinstance(entry.value, Scalar) and entry.value.text.startswith(TO_WRITE):
                self._findings.at(
                    entry.value,
                    f"“{entry.key.text}” still holds the words of the frame.",
                    advice="Write your own, or delete the field.",
                    severity=Severity.WARNING,
                )

    def _type(self, node: Mapping) -> SectionType | None:
        entry = node.entry("type")
        known = ", ".join(sorted(self._types))
        if entry is None or (isinstance(entry.value, Scalar) and entry.value.is_null):
            self._findings.at(
                entry.key if entry else node,
                "This section does not say of which type it is.",
                advice=f"Start it with “- type: …”. The types are {known}.",
            )
            return None
        name = entry.value.text.strip() if isinstance(entry.value, Scalar) else ""
        if name not in self._types:
            self._findings.at(
                entry.value,
                f"“{name[:60]}” is no section type." if name else "A section's type is one word.",
                advice=" ".join(filter(None, [did_you_mean(name, self._types), f"The types are {known}."])),
            )
            return None
        return self._types[name]

    def _id(self, node: Mapping) -> str | None:
        value = node.get("id")
        if value is None or (isinstance(value, Scalar) and value.is_null):
            return None
        name = value.text.strip() if isinstance(value, Scalar) else ""
        if not re.fullmatch(ID_PATTERN, name):
            self._findings.at(
                value,
                f"“id” takes a short name of letters, digits and hyphens, not “{name[:60]}”.",
                advice="Write for instance “id: jobs”.",
            )
            return None
        if name in self._ids:
            self._findings.at(
                value,
                f"The id “{name}” is taken: the section in line {self._ids[name].line} has it.",
                advice="Give each section an id of its own.",
            )
            return None
        self._ids[name] = value.place
        return name


def _source(value: Value) -> str:
    return value.source if isinstance(value, Text) else ""
