"""The topics of trax.yaml: their fields, their checks, and section types that nobody declared."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from types import MappingProxyType

from trax_mailer.fields import Field, Findings, Kind, did_you_mean
from trax_mailer.model.finding import Finding
from trax_mailer.model.issue import BAND
from trax_mailer.model.values import Group, Text, Value
from trax_mailer.settings.types import Topic
from trax_mailer.yamltree import Mapping, Scalar, Sequence, read_tree_from

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")

TOPICS = Field(
    name="topics",
    kind=Kind.LIST,
    of=Field(
        name="topic",
        kind=Kind.GROUP,
        fields=(
            Field(
                name="name",
                kind=Kind.TEXT,
                required=True,
                merge=False,
                help="A short name in small letters, such as jobs. Never change it: readers chose it.",
            ),
            Field(name="title", kind=Kind.TEXT, required=True, merge=False, help="What readers see."),
            Field(
                name="titles",
                kind=Kind.GROUP,
                of=Field(name="title", kind=Kind.TEXT, merge=False),
                help="The title in other languages: {fr: Emplois, es: Empleos}.",
            ),
            Field(
                name="sections",
                kind=Kind.LIST,
                of=Field(name="section", kind=Kind.TEXT, merge=False),
                help="The section types that belong to it. Single sections may name it with “topics:”, too.",
            ),
        ),
    ),
    help="What readers may choose. Who chose some gets their sections, and those that belong to no topic.",
)


def topics_of(newsletter: Group) -> tuple[Topic, ...]:
    """The topics as they are declared."""
    declared = newsletter.values.get("topics")
    groups = declared if isinstance(declared, tuple) else ()
    return tuple(_topic(group) for group in groups if isinstance(group, Group))


def check_topics(root: Mapping, findings: Findings) -> None:
    """The form of the names, that none comes twice, and that no band is in any."""
    seen: dict[str, int] = {}
    for topic in _declared(root):
        name = topic.get("name")
        if isinstance(name, Scalar) and name.text.strip():
            _check_name(name, seen, findings)
        for section in _sections(topic):
            if section.text.strip() == BAND:
                findings.at(section, _NO_BAND, advice=_INSTEAD)


def stray_sections(root: Path, topics: tuple[Topic, ...], *, known: Collection[str]) -> tuple[Finding, ...]:
    """A finding for each section type that trax.yaml names in a topic and that is not among `known`.

    The file is read again only where there is one.
    """
    if all(section in known for topic in topics for section in topic.sections):
        return ()
    findings = Findings(check="settings")
    tree = read_tree_from(root / "trax.yaml", shown_as="trax.yaml")
    for topic in _declared(tree.root) if isinstance(tree.root, Mapping) else ():
        for section in _sections(topic):
            name = section.text.strip()
            if name not in known:
                types = f"The types are {', '.join(sorted(known))}."
                advice = f"{did_you_mean(name, known)} {types}".strip()
                findings.at(section, f"“{name[:60]}” is no section type.", advice=advice)
    return findings.all()


def _check_name(name: Scalar, seen: dict[str, int], findings: Findings) -> None:
    words = name.text.strip()
    if not _NAME.fullmatch(words):
        findings.at(
            name,
            f"“{words[:60]}” cannot be the name of a topic.",
            advice="Use small letters, digits, hyphens and underscores, starting with a letter.",
        )
    elif words in seen:
        findings.at(
            name,
            f"There are two topics “{words}”: the other stands in line {seen[words]}.",
            advice="Give each topic a name of its own.",
        )
    seen.setdefault(words, name.place.line)


def _declared(root: Mapping) -> Iterator[Mapping]:
    newsletter = root.get("newsletter")
    topics = newsletter.get("topics") if isinstance(newsletter, Mapping) else None
    for topic in topics.items if isinstance(topics, Sequence) else ():
        if isinstance(topic, Mapping):
            yield topic


def _sections(topic: Mapping) -> Iterator[Scalar]:
    sections = topic.get("sections")
    for section in sections.items if isinstance(sections, Sequence) else ():
        if isinstance(section, Scalar):
            yield section


def _topic(group: Group) -> Topic:
    titles, sections = group["titles"], group["sections"]
    return Topic(
        name=_words(group["name"]),
        title=_words(group["title"]),
        titles=MappingProxyType(
            {tag: _words(title) for tag, title in titles.values.items() if title is not None}
            if isinstance(titles, Group)
            else {}
        ),
        sections=tuple(_words(one) for one in sections) if isinstance(sections, tuple) else (),
    )


def _words(value: Value) -> str:
    return value.source if isinstance(value, Text) else ""


_NO_BAND = "A band belongs to no topic: it is shown where any section below it is."
_INSTEAD = "Name the types of the sections below it instead."
