"""Cutting: the finished HTML and text, with markers, become segments and slots.

The place of a marker decides its context, and so how its value is escaped. A marker where nothing
can be escaped (in a style sheet, a comment, an unquoted attribute) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import TypeAlias, TypeVar

from trax_mailer.model.edition import Edge, EdgedPart, Part, Slot, SlotContext, SlotKind
from trax_mailer.render.links import LinkTable
from trax_mailer.render.markers import Markers

_MARKUP = re.compile(
    r"""(?P<conditional><!--\[if\b[^\]]*\]>(?:<!-->)?|(?:<!--)?<!\[endif\]-->)
      | (?P<comment><!--.*?-->)
      | (?P<style><style\b[^>]*>.*?</style\s*>)
      | (?P<tag></?[a-zA-Z](?:"[^"]*"|'[^']*'|[^'">])*>)
    """,
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""(?P<name>[^\s"'=<>/]+)\s*=\s*(?P<value>"[^"]*"|'[^']*')""", re.DOTALL)
_ADDRESSES = frozenset({"href", "src", "srcset", "background", "style"})
_LITERAL_LINK = re.compile(
    r"""(?P<before><(?:a|area|v:roundrect|v:rect)\b(?:"[^"]*"|'[^']*'|[^'">])*?\shref\s*=\s*)
        "(?P<target>https?://[^"]*)"(?P<after>(?:"[^"]*"|'[^']*'|[^'">])*>)""",
    re.IGNORECASE | re.VERBOSE,
)
_TAG = re.compile(r"<[^>]*>")

Found: TypeAlias = tuple[re.Match[str], Slot | Edge]
"""A marker, and what it stands for."""

_Stands = TypeVar("_Stands", Slot, Slot | Edge)


class BadSlot(Exception):
    """A marker stands where no value can stand; the message says which and why."""

    def __init__(self, message: str, *, marker: str) -> None:
        super().__init__(message)
        self.marker = marker


def cut_text(text: str, *, markers: Markers, context: SlotContext) -> Part:
    """Words without sections cut at its markers. Raises BadSlot."""
    found = markers.pattern.finditer(text)
    return _cut(text, ((match, _slot(match, context, markers)) for match in found), markers)


def cut_edged_text(text: str, *, markers: Markers) -> EdgedPart:
    """The plain text part cut at its markers. Raises BadSlot."""
    found = markers.pattern.finditer(text)
    return _cut(text, ((match, _slot_or_edge(match, SlotContext.TEXT, markers)) for match in found), markers)


def cut_html(html: str, *, markers: Markers) -> EdgedPart:
    """HTML cut at its markers, each in the context of its place. Raises BadSlot."""
    return _cut(html, _slots(html, markers), markers)


def number_literal_links(html: str, *, links: LinkTable) -> str:
    """Give web addresses that templates spell out a number, too: their targets become markers."""

    def number(match: re.Match[str]) -> str:
        target = unescape(match["target"])
        rest = html[match.end() : match.end() + 2000]
        label = unescape(_TAG.sub(" ", rest.partition("</a>")[0]))[:200]
        return f'{match["before"]}"{links.mark(target, label=label, section=None)}"{match["after"]}'

    return _LITERAL_LINK.sub(number, html)


def _slots(html: str, markers: Markers) -> Iterator[Found]:
    """Every marker with what it stands for, walking through markup and markers side by side."""
    found = markers.pattern.finditer(html)
    marker = next(found, None)
    for markup in _MARKUP.finditer(html):
        while marker and marker.start() < markup.start():
            yield marker, _slot_or_edge(marker, SlotContext.HTML, markers)
            marker = next(found, None)
        while marker and marker.start() < markup.end():
            yield marker, _slot_or_edge(marker, _context_in(markup, marker, markers), markers)
            marker = next(found, None)
        if marker is None:
            return
    while marker:
        yield marker, _slot_or_edge(marker, SlotContext.HTML, markers)
        marker = next(found, None)


def _context_in(markup: re.Match[str], marker: re.Match[str], markers: Markers) -> SlotContext | None:
    """The context inside a piece of markup; None where no value may stand."""
    if markup["tag"] is None:
        return None
    for value in _ATTRIBUTE.finditer(markup.string, markup.start(), markup.end()):
        if value.start("value") < marker.start() < value.end("value"):
            meaning = markers.meaning(marker.group())
            address = value["name"].lower() in _ADDRESSES
            return None if address and meaning and meaning.kind is SlotKind.READER else SlotContext.ATTRIBUTE
    return None


def _slot_or_edge(marker: re.Match[str], context: SlotContext | None, markers: Markers) -> Slot | Edge:
    edge = markers.edge(marker.group())
    if edge is None:
        return _slot(marker, context, markers)
    if context in {SlotContext.HTML, SlotContext.TEXT}:
        return edge
    raise BadSlot(_NO_EDGE, marker=marker.group().lower())


def _slot(marker: re.Match[str], context: SlotContext | None, markers: Markers) -> Slot:
    meaning = markers.meaning(marker.group())
    if meaning is None:
        raise BadSlot(_TORN, marker=marker.group().lower())
    if context is None:
        raise BadSlot(f"{meaning.written} {_NO_PLACE}", marker=marker.group().lower())
    return Slot(meaning.kind, context, meaning.key, meaning.default)


def _cut(
    text: str, slots: Iterable[tuple[re.Match[str], _Stands]], markers: Markers
) -> tuple[str | _Stands, ...]:
    segments: list[str | _Stands] = []
    here = 0
    for marker, slot in slots:
        if marker.start() > here:
            segments.append(text[here : marker.start()])
        segments.append(slot)
        here = marker.end()
    if here < len(text):
        segments.append(text[here:])
    if any(isinstance(segment, str) and markers.torn_in(segment) for segment in segments):
        raise BadSlot(_TORN, marker=markers.stem)
    return tuple(segments)


_TORN = "a merge field or an address is cut in two here; do not shorten or split such text"
_NO_EDGE = "a section's template cannot be included inside a tag, a style sheet or a comment"
_NO_PLACE = (
    "cannot stand in a style sheet, a comment, the address of a link or picture, "
    "or an attribute without quotation marks"
)
