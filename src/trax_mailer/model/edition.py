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


PER_READER = frozenset({SlotKind.READER, SlotKind.UNSUBSCRIBE, SlotKind.TRACKING})
"""Kinds that differ from reader to reader; the others are the same for a whole mailing."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place to be filled, named by what fills it and the context it stands in."""

    kind: SlotKind
    context: SlotContext
    key: str = ""
    default: str = ""


Segment: TypeAlias = str | Slot
Part: TypeAlias = tuple[Segment, ...]


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
    html: Part
    text: Part
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
        html=_part_from_data(data["html"]),
        text=_part_from_data(data["text"]),
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


def _part_to_data(part: Part) -> list[str | list[str]]:
    return [
        segment
        if isinstance(segment, str)
        else [segment.kind.value, segment.context.value, segment.key, segment.default]
        for segment in part
    ]


def _part_from_data(data: list[Any]) -> Part:
    return tuple(
        segment
        if isinstance(segment, str)
        else Slot(SlotKind(segment[0]), SlotContext(segment[1]), segment[2], segment[3])
        for segment in data
    )
