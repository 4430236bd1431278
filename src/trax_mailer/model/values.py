"""The values a field of an issue can hold once it has been read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """One line of words. May hold merge fields (see `model.merge`)."""

    source: str


@dataclass(frozen=True, slots=True)
class Markdown:
    """Body text in Markdown, no raw HTML. May hold merge fields."""

    source: str


@dataclass(frozen=True, slots=True)
class Url:
    """The target of a link: http, https, mailto or tel."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A labelled link."""

    label: str
    url: Url


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture file beside the issue.

    `file` is relative to the issue's folder (or to `templates/email/` for the theme's pictures).
    `alt` is never empty unless `decorative` is set.
    """

    file: PurePosixPath
    alt: str
    decorative: bool = False
    caption: str | None = None
    credit: str | None = None
    link: Url | None = None


@dataclass(frozen=True, slots=True, order=True)
class DateRange:
    """Whole days from `start` to `end`, both included; `start` equals `end` for one day."""

    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Group:
    """Named values: every declared field is present, None where the writer left it out."""

    values: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, name: str) -> Value:
        return self.values[name]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)


Value: TypeAlias = (
    Text
    | Markdown
    | Url
    | Link
    | Picture
    | DateRange
    | dt.datetime
    | dt.date
    | dt.time
    | bool
    | int
    | str
    | Group
    | tuple["Value", ...]
    | None
)
"""`str` is a choice, an e-mail address or a language tag: a word with no merge fields in it."""
