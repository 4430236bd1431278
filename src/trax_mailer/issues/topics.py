"""The topics that a section belongs to: those of its type, and those that it names itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trax_mailer.fields import Field, Findings, Kind
from trax_mailer.model.issue import BAND
from trax_mailer.model.values import Value
from trax_mailer.sections import SectionType
from trax_mailer.settings import Topic
from trax_mailer.yamltree import Mapping

_HELP = "Topics of trax.yaml that this section belongs to, besides those of its type: [africa]."


def topics_field(names: Iterable[str]) -> Field:
    """The field by which a section of any type names topics."""
    topic = Field(name="topic", kind=Kind.CHOICE, choices=tuple(names))
    return Field(name="topics", kind=Kind.LIST, of=topic, help=_HELP)


def field_for_topics(
    node: Mapping, declared: SectionType, known: Sequence[Topic], findings: Findings
) -> tuple[Field, ...]:
    """The field, where the section names topics; none where it cannot, after a finding if it does."""
    entry = node.entry("topics")
    if entry is None:
        return ()
    if declared.name == BAND:
        message = "A band belongs to no topic: it is shown where any section below it is."
        findings.at(entry.key, message, advice="Name the topics in those sections instead.")
        return ()
    if not known:
        message = "This section names topics, but trax.yaml declares none."
        advice = "Declare them there, under “newsletter:” and “topics:”, or delete this line."
        findings.at(entry.key, message, advice=advice)
        return ()
    return (topics_field(topic.name for topic in known),)


def topics_of(declared: SectionType, known: Sequence[Topic], own: Value) -> tuple[str, ...]:
    """The topics of a section, sorted; `own` is what its field for topics holds."""
    of_type = {topic.name for topic in known if declared.name in topic.sections}
    named = {str(topic) for topic in own} if isinstance(own, tuple) else set()
    return tuple(sorted(of_type | named))
