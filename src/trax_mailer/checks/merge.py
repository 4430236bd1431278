"""Merge fields without words for readers of whom nothing is known ("Dear ,")."""

from __future__ import annotations

from collections.abc import Iterator

from trax_mailer.checks.subject import Subject
from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.model.merge import MergeField, split_merge_fields
from trax_mailer.model.values import Link, Markdown, Picture, Text

_ALWAYS_KNOWN = frozenset({"email"})


def check_merge(subject: Subject) -> Iterator[Finding]:
    """Every merge field that has no default, at its place."""
    head = {"title": subject.issue.title, "preheader": subject.issue.preheader}
    for name, words in head.items():
        yield from _without_default(subject, words, subject.issue.places.get(name))
    for spot in subject.spots:
        match spot.value:
            case Text(source) | Markdown(source):
                yield from _without_default(subject, source, spot.place)
            case Link(label=words) | Picture(alt=words):
                yield from _without_default(subject, words, spot.place)


def _without_default(subject: Subject, words: str, place: Place | None) -> Iterator[Finding]:
    parts, _ = split_merge_fields(words)
    for name in dict.fromkeys(
        part.name for part in parts if isinstance(part, MergeField) and not part.default
    ):
        if name not in _ALWAYS_KNOWN:
            yield subject.finding(
                "merge",
                Severity.WARNING,
                f"Where a reader's {name.replace('_', ' ')} is not known, nothing stands here.",
                place=place,
                written=f"reader.{name}",
                advice=f'Say what to write instead: {{{{ reader.{name} | default("reader") }}}}',
            )
