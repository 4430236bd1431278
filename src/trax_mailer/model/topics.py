"""Topics: the edition that a reader gets who chose some, and whether there is one.

Who chose nothing gets everything. Who chose gets the sections of these topics, and those without a topic.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from trax_mailer.model.edition import Edge, EdgedPart, Edition, Part, Segment, Slot, SlotKind

_NONE_OF_THEM = frozenset({""})
"""No topic has an empty name."""


def topics_in(edition: Edition) -> tuple[str, ...]:
    """The topics that sections of the edition belong to, sorted."""
    return tuple(sorted({topic for edge in _beginnings(edition) for topic in edge.topics}))


def is_empty_for(edition: Edition, topics: frozenset[str]) -> bool:
    """Whether nothing in it is among the topics that the reader chose, so that they are not mailed.

    An edition in which nothing belongs to a topic is for everybody, and so is any for who chose nothing.
    """
    known = topics_in(edition)
    return bool(topics) and bool(known) and topics.isdisjoint(known)


def kept_by_all(edition: Edition) -> Edition:
    """What every reader gets, whatever they chose: the edition without all sections of topics."""
    return edition_for(edition, _NONE_OF_THEM)


def edition_for(edition: Edition, topics: frozenset[str]) -> Edition:
    """The edition without the sections that the reader did not choose, and without edges.

    Links keep their numbers; links and pictures of what is left out are left out, too.
    """
    html, text = _shown(edition.html, topics), _shown(edition.text, topics)
    used = [segment for segment in (*html, *text) if isinstance(segment, Slot)]
    links = {int(slot.key) for slot in used if slot.kind is SlotKind.LINK}
    pictures = {slot.key for slot in used if slot.kind is SlotKind.ASSET}
    return dataclasses.replace(
        edition,
        html=html,
        text=text,
        links=tuple(link for link in edition.links if link.number in links),
        assets=tuple(asset for asset in edition.assets if asset.sha256 in pictures),
    )


def _beginnings(edition: Edition) -> Iterator[Edge]:
    for segment in (*edition.html, *edition.text):
        if isinstance(segment, Edge) and segment.topics:
            yield segment


def _shown(part: EdgedPart, topics: frozenset[str]) -> Part:
    """What the reader gets of the part; words that meet where something was left out become one segment."""
    shown: list[Segment] = []
    hidden = False
    for segment in part:
        if isinstance(segment, Edge):
            hidden = bool(topics) and bool(segment.topics) and topics.isdisjoint(segment.topics)
        elif hidden:
            continue
        elif isinstance(segment, str) and shown and isinstance(shown[-1], str):
            shown[-1] += segment
        else:
            shown.append(segment)
    return tuple(shown)
