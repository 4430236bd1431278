"""Views: the values of an issue as templates see them.

Text becomes a string with markers, Markdown has `.html` and `.text`, a link `.label` and `.url`,
a date `.long`, `.short` and `.iso`, a group its fields as attributes, None where left out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from babel import Locale

from trax_mailer.model.edition import Asset, SlotKind
from trax_mailer.model.merge import MergeField, split_merge_fields
from trax_mailer.model.values import DateRange, Group, Link, Markdown, Picture, Text, Url, Value
from trax_mailer.render.dates import DateView, date_view
from trax_mailer.render.links import LinkTable
from trax_mailer.render.markdown import MarkdownView, render_markdown
from trax_mailer.render.markers import Markers
from trax_mailer.render.pictures import BadPicture, read_picture

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 §2.2 forbids, and C1 controls, which HTML reads as something else."""
_LINE_BREAKS = re.compile("\r\n?|\x85")
_BLANKS = re.compile(r"[ \t\n]+")
_NAMING = ("label", "title", "name")
_LIKELY_LENGTH = {"email": 22, "name": 16, "organisation": 20, "language": 2}


@dataclass(frozen=True, slots=True)
class LinkView:
    """A labelled link."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """A picture; `width` and `height` are the pixels of the file as sent."""

    src: str
    alt: str
    width: int
    height: int
    decorative: bool
    caption: str | None
    credit: str | None
    link: str | None


class GroupView:
    """Named values as attributes. An unknown name is an error, a value left out is None."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, View]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> View:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str) -> View:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


class SectionValues(GroupView):
    """The values of a section, and what stands in the mail where it begins and ends, which may be nothing."""

    __slots__ = ("_begins", "_ends")

    def __init__(self, values: GroupView, begins: str, ends: str) -> None:
        super().__init__({name: values[name] for name in values})
        self._begins = begins
        self._ends = ends


def begins(section: object) -> str:
    """What stands where the section begins: a filter that the engine puts into section templates."""
    return section._begins if isinstance(section, SectionValues) else ""  # noqa: SLF001 - fields have the names


def ends(section: object) -> str:
    """What stands where the section ends."""
    return section._ends if isinstance(section, SectionValues) else ""  # noqa: SLF001 - fields have the names


View: TypeAlias = (
    str
    | int
    | bool
    | MarkdownView
    | LinkView
    | PictureView
    | DateView
    | GroupView
    | tuple["View", ...]
    | None
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a value cannot be shown with. `path` is the value's dotted path in its section."""

    section: int | None
    path: str
    check: str
    message: str
    advice: str = ""


@dataclass(slots=True, kw_only=True)
class Views:
    """Makes the views of one rendering, collecting links, assets and problems on the way."""

    markers: Markers
    links: LinkTable
    locale: Locale
    timezone: ZoneInfo
    assets: dict[str, Asset] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def of_group(self, group: Group, *, folder: Path, section: int | None, path: str = "") -> GroupView:
        """The view of named values; pictures are read from `folder`."""
        values: dict[str, View] = {}
        for name in group:
            below = f"{path}.{name}" if path else name
            value = group[name]
            if isinstance(value, Url):
                label = self._name_of(group) or name
                values[name] = self.links.mark(value.target, label=label, section=section)
            else:
                values[name] = self._view(value, folder=folder, section=section, path=below)
        return GroupView(values)

    def text(self, source: str) -> str:
        """One line of words, merge fields as markers."""
        return _BLANKS.sub(" ", self._marked(source)).strip()

    def _view(self, value: Value, *, folder: Path, section: int | None, path: str) -> View:
        match value:
            case Picture():
                return self._picture(value, folder=folder, section=section, path=path)
            case Group():
                return self.of_group(value, folder=folder, section=section, path=path)
            case tuple():
                return tuple(
                    self._view(member, folder=folder, section=section, path=f"{path}.{index}")
                    for index, member in enumerate(value)
                )
            case Text() | Markdown() | Url() | Link() | str():
                return self._words(value, section=section, path=path)
            case dt.date() | dt.time() | DateRange():
                return date_view(value, locale=self.locale, timezone=self.timezone)
            case _:
                return value

    def _words(self, value: Text | Markdown | Url | Link | str, *, section: int | None, path: str) -> View:
        match value:
            case str():
                return _cleaned(value)
            case Text(source):
                return self.text(source)
            case Markdown(source):
                return self._markdown(source, section=section, path=path)
            case Url(target):
                return self.links.mark(target, label=path.rpartition(".")[2], section=section)
            case Link(label=label, url=url):
                words = self.text(label)
                return LinkView(words, self.links.mark(url.target, label=words, section=section))

    def _name_of(self, group: Group) -> str:
        """The words by which a person would call a group, for a bare address in it."""
        for name in _NAMING:
            value = group.values.get(name)
            if isinstance(value, Text):
                return self.text(value.source)
        return ""

    def _marked(self, source: str) -> str:
        parts, _ = split_merge_fields(_cleaned(source))
        return "".join(self._merge(part) if isinstance(part, MergeField) else part for part in parts)

    def _merge(self, merge: MergeField) -> str:
        default = f' | default("{merge.default}")' if merge.default else ""
        return self.markers.mark(
            SlotKind.READER,
            key=merge.name,
            default=merge.default,
            length=max(len(merge.default), _LIKELY_LENGTH.get(merge.name, 10)),
            written="{{ reader." + merge.name + default + " }}",
        )

    def _markdown(self, source: str, *, section: int | None, path: str) -> MarkdownView:
        def mark_link(target: str, label: str) -> str:
            return self.links.mark(target, label=label, section=section)

        view, problems = render_markdown(self._marked(source), mark_link=mark_link)
        for message in problems:
            written = self.markers.written_out(message)
            self.problems.append(Problem(section, path, "links", written, _ADVICE))
        return view

    def _picture(self, picture: Picture, *, folder: Path, section: int | None, path: str) -> PictureView:
        try:
            asset = read_picture(folder / picture.file)
        except BadPicture as error:
            self.problems.append(Problem(section, path, "pictures", f"the picture {picture.file} {error}"))
            asset = Asset(sha256="", media_type="", extension="", width=1, height=1, data=b"")
        self.assets.setdefault(asset.sha256, asset)
        alt = self.text(picture.alt)
        link = picture.link
        return PictureView(
            src=self.markers.mark(SlotKind.ASSET, key=asset.sha256, length=0, written=str(picture.file)),
            alt="" if picture.decorative else alt,
            width=asset.width,
            height=asset.height,
            decorative=picture.decorative,
            caption=self.text(picture.caption) if picture.caption else None,
            credit=self.text(picture.credit) if picture.credit else None,
            link=self.links.mark(link.target, label=alt, section=section) if link else None,
        )


_ADVICE = "use a web, mail or telephone address for a link, and a picture field for a picture"


def _cleaned(text: str) -> str:
    return _UNPRINTABLE.sub("", _LINE_BREAKS.sub("\n", text))
