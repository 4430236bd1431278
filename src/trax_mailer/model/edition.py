"""An edition: an issue rendered in one language, with typed slots where readers differ."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias


class SlotContext(StrEnum):
    """Where a slot stands, which decides how its value is escaped."""

    HTML = "html"
    """Between tags of the HTML part."""
    ATTRIBUTE = "attribute"
    """Inside a double-quoted attribute of the HTML part; addresses of links included."""
    TEXT = "text"
    """In the plain text part: nothing is escaped."""
    HEADER = "header"
    """In a header such as Subject: no line breaks, encoded by RFC 2047 when not ASCII."""


class SlotKind(StrEnum):
    """What fills a slot."""

    READER = "reader"
    """A field of the reader; `key` is its name, `default` the words where it is empty."""
    LINK = "link"
    """The address of a numbered link; `key` is its number."""
    ASSET = "asset"
    """The address of a picture; `key` is its SHA-256."""
    BROWSER = "browser"
    """The address of the browser view. The same for every reader."""
    UNSUBSCRIBE = "unsubscribe"
    """The reader's own address to leave or choose."""
    TRACKING = "tracking"
    """The token in the tracked links of one reader's copy. Never in an edition, only in letters."""


_EDGE = "edge"
"""Stands in an edition's JSON where a slot has its kind."""

PER_READER = frozenset({SlotKind.READER, SlotKind.UNSUBSCRIBE, SlotKind.TRACKING})
"""Kinds that differ from reader to reader; the others are the same for a whole mailing."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to be filled, named by what fills it and the context it stands in."""

    kind: SlotKind
    context: SlotContext
    key: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a section begins that belongs to topics, or, without topics, where it ends.

    `section` is the section's index in the issue. Edges show nothing; sections never overlap.
    """

    section: int
    topics: tuple[str, ...] = ()


Segment: TypeAlias = str | Slot
Part: TypeAlias = tuple[Segment, ...]
EdgedPart: TypeAlias = tuple[Segment | Edge, ...]
"""A part in which the sections that some readers do not get begin and end at edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedLink:
    """A link of the edition. `section` is the index of its section in the issue, None in the frame."""

    number: int
    target: str
    label: str
    section: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A picture of the edition, addressed by its content.

    `width` and `height` are in pixels of the file.
    """

    sha256: str
    media_type: str
    extension: str
    width: int
    height: int
    data: bytes

    @property
    def name(self) -> str:
        """The file name under which the asset is served: `<sha256>.<extension>`."""
        return f"{self.sha256}.{self.extension}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Decoded text with typed slots; it knows no wire encoding and no reader.

    `hash` is the SHA-256, in hex, of everything else in it, each picture by its own hash.
    """

    language: str
    direction: str
    subject: Part
    preheader: Part
    html: EdgedPart
    text: EdgedPart
    links: tuple[NumberedLink, ...]
    assets: tuple[Asset, ...]

    @property
    def hash(self) -> str:
        """The edition's identity: approval, storage and the browser view are bound to it."""
        return hashlib.sha256(edition_to_json(self).encode()).hexdigest()


def edition_to_json(edition: Edition) -> str:
    """The edition as canonical JSON, pictures by hash only."""
    content = {
        "language": edition.language,
        "direction": edition.direction,
        "subject": _part_to_data(edition.subject),
        "preheader": _part_to_data(edition.preheader),
        "html": _part_to_data(edition.html),
        "text": _part_to_data(edition.text),
        "links": [[link.number, link.target, link.label, link.section] for link in edition.links],
        "assets": [
            [asset.sha256, asset.media_type, asset.extension, asset.width, asset.height]
            for asset in edition.assets
        ],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def edition_from_json(content: str, *, pictures: dict[str, bytes]) -> Edition:
    """The edition that `edition_to_json` wrote; `pictures` maps SHA-256 to bytes."""
    data: dict[str, Any] = json.loads(content)
    return Edition(
        language=data["language"],
        direction=data["direction"],
        subject=_part_from_data(data["subject"]),
        preheader=_part_from_data(data["preheader"]),
        html=_edged_part_from_data(data["html"]),
        text=_edged_part_from_data(data["text"]),
        links=tuple(
            NumberedLink(number=number, target=target, label=label, section=section)
            for number, target, label, section in data["links"]
        ),
        assets=tuple(
            Asset(
                sha256=sha256,
                media_type=media_type,
                extension=extension,
                width=width,
                height=height,
                data=pictures[sha256],
            )
            for sha256, media_type, extension, width, height in data["assets"]
        ),
    )


def _part_to_data(part: EdgedPart) -> list[str | list[str]]:
    return [segment if isinstance(segment, str) else _segment_to_data(segment) for segment in part]


def _segment_to_data(segment: Slot | Edge) -> list[str]:
    if isinstance(segment, Edge):
        return [_EDGE, str(segment.section), *segment.topics]
    return [segment.kind.value, segment.context.value, segment.key, segment.default]


def _part_from_data(data: list[Any]) -> Part:
    return tuple(segment if isinstance(segment, str) else _slot_from_data(segment) for segment in data)


def _edged_part_from_data(data: list[Any]) -> EdgedPart:
    return tuple(
        segment if isinstance(segment, str) else _edge_from_data(segment) or _slot_from_data(segment)
        for segment in data
    )


def _edge_from_data(data: list[str]) -> Edge | None:
    return Edge(int(data[1]), tuple(data[2:])) if data[0] == _EDGE else None


def _slot_from_data(data: list[str]) -> Slot:
    kind, context, key, default = data
    return Slot(SlotKind(kind), SlotContext(context), key, default)
