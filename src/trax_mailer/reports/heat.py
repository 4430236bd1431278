"""The heat map: the issue as it was sent, a box on each of its links, coloured by the people who pressed it.

The boxes are the links themselves, outlined, so they lie where the links lie at every width, without a
script. Each leads to its row in the table of links, and nowhere else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from lxml import html
from lxml.html import HtmlElement

from trax_mailer.model.edition import Edition, Slot, SlotKind
from trax_mailer.model.filling import Resolve, fill_part, reader_value
from trax_mailer.model.report import LinkLine
from trax_mailer.reports.notes import NOTES, WITHHELD
from trax_mailer.reports.visiting import FRAME

STEPS = 5
"""So many colours there are for links that people pressed; the last is the most pressed one's."""

_CSS = (files(__package__) / "heat.css").read_text(encoding="utf-8")
_MARK = "trax-link:"
_WIDE_ENOUGH = 100
"""Pixels of a picture that bears its number in a corner; beside a smaller one."""
_LEFT_OUT = ("script", "noscript", "template", "iframe", "object", "embed", "base", "meta", "link", "title")
_ADDRESSES = ("src", "background", "poster", "data")
_FETCHED = re.compile(r"""url\(\s*["']?(?!["']?\s*data:)[^)]*\)|@import[^;]*;?""", re.IGNORECASE)
_WHOLE = re.compile(r"(?<![\w.#-])(?:html|body)(?=[\s,{.:\[>+~])|:root\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentIssue:
    """The edition as most readers had it, without the sections they did not choose; `words` say which."""

    edition: Edition
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatMap:
    """The issue with its boxes: the inside of a shadow root, so that its styles touch nothing else."""

    inside: str
    words: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """What a box shows. `kind` chooses its colour, `part` is the percentage of clicks that look human."""

    row: int
    kind: str
    shown: str
    told: str
    part: int


def heat_map(sent: SentIssue, links: Sequence[LinkLine], *, clicked: int) -> HeatMap:
    """The issue with a box on each link that is counted.

    `links` are the rows of the table of links, in its order; `clicked` is how many people pressed any.
    """
    boxes = _boxes(sent.edition, links, clicked=clicked)
    page = html.document_fromstring(fill_part(sent.edition.html, _resolve(sent.edition)))
    styles = "\n".join(_style(style) for style in page.iter("style"))
    for element in list(page.iter()):
        _make_harmless(element)
    (body,) = page.iter("body")
    for anchor in list(body.iter("a")):
        _draw(anchor, boxes)
    body.tag = "div"
    _set_class(body, "trax-whole")
    body.set("lang", sent.edition.language)
    body.set("dir", sent.edition.direction)
    inside = f"<style>{_scoped(styles)}\n{_CSS}</style>{html.tostring(body, encoding='unicode')}"
    return HeatMap(inside=inside, words=sent.words, note=NOTES["heat"])


def _resolve(edition: Edition) -> Resolve:
    pictures = {
        one.sha256: f"data:{one.media_type};base64,{base64.b64encode(one.data).decode()}"
        for one in edition.assets
    }

    def resolve(slot: Slot) -> str:
        match slot.kind:
            case SlotKind.READER:
                return reader_value(slot, {})
            case SlotKind.LINK:
                return f"{_MARK}{slot.key}"
            case SlotKind.ASSET:
                return pictures[slot.key]
            case _:
                return "#"

    return resolve


def _boxes(edition: Edition, links: Sequence[LinkLine], *, clicked: int) -> dict[str, _Box]:
    """By the number of the link."""
    rows = {(one.number, one.target, one.label, one.place): row for row, one in enumerate(links)}
    most = max((one.tally.people for one in links if one.tally), default=0)
    boxes = {}
    for link in edition.links:
        place = FRAME if link.section is None else link.section
        row = rows.get((link.number, link.target, link.label, place))
        if row is not None:
            boxes[str(link.number)] = _box(row, links[row], most=most, clicked=clicked)
    return boxes


def _box(row: int, line: LinkLine, *, most: int, clicked: int) -> _Box:
    tally = line.tally
    if tally is None:
        return _Box(row=row, kind="under", shown=WITHHELD, told=f"link {line.number}, {WITHHELD}", part=0)
    share = _share(tally.people, clicked)
    return _Box(
        row=row,
        kind=str(-(-STEPS * tally.people // most)) if tally.people else "0",
        shown=f"{tally.people:,} · {share}" if tally.people else "0",
        told=f"link {line.number}: {tally.people:,} people, {share} of those who clicked; "
        f"{tally.human:,} human, {tally.machine:,} machine and {tally.unsure:,} unsure clicks",
        part=round(100 * tally.human / tally.visits) if tally.visits else 0,
    )


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole if whole else 0
    return "<1%" if 0 < percent < 1 else f"{percent:.0f}%"


def _draw(anchor: HtmlElement, boxes: Mapping[str, _Box]) -> None:
    """Make the link a box with its number; where nothing is counted, it is words that lead nowhere."""
    target = anchor.attrib.pop("href", "")
    for name in ("target", "title"):
        anchor.attrib.pop(name, None)
    box = boxes.get(target.removeprefix(_MARK)) if target.startswith(_MARK) else None
    if box is None:
        return
    picture = next(anchor.iter("img"), None)
    if (anchor.text_content() or "").strip():
        picture = None
    anchor.set("href", f"#links-{box.row + 1}")
    anchor.set("title", box.told)
    anchor.set("style", f"{anchor.get('style') or ''};--trax-part:{box.part}%")
    number = _number(box)
    if picture is None:
        own_shape = "padding" in (anchor.get("style") or "")
        _set_class(anchor, f"trax-box trax-{box.kind}{'' if own_shape else ' trax-words'}")
        anchor.append(number)
        return
    _set_class(anchor, f"trax-around trax-{box.kind}")
    _set_class(picture, "trax-box")
    if _width(picture) < _WIDE_ENOUGH:
        _set_class(anchor, "trax-small")
        anchor.append(number)
    else:
        _set_class(number, "trax-corner")
        anchor.insert(0, number)


def _number(box: _Box) -> HtmlElement:
    number = html.Element("span", {"class": "trax-number"})
    shown = html.Element("span", {"class": "trax-shown", "aria-hidden": "true"})
    shown.text = box.shown
    told = html.Element("span", {"class": "trax-told"})
    told.text = f" ({box.told})"
    number.extend([shown, told])
    return number


def _make_harmless(element: HtmlElement) -> None:
    """Nothing of it runs, is fetched or leads anywhere; the page forbids it as well.

    Comments go, with what they hold for Outlook alone.
    """
    if not isinstance(element.tag, str) or element.tag in _LEFT_OUT or element.tag == "style":
        if element.getparent() is not None:
            element.drop_tree()
        return
    for name, value in list(element.attrib.items()):
        is_address = name in _ADDRESSES and not value.startswith("data:")
        is_link = name.endswith("href") and element.tag != "a"
        if is_address or is_link or name.startswith("on") or name in {"srcset", "action", "formaction"}:
            del element.attrib[name]
        elif name == "style":
            element.set("style", _FETCHED.sub("none", value))


def _set_class(element: HtmlElement, names: str) -> None:
    element.set("class", f"{element.get('class') or ''} {names}".strip())


def _width(picture: HtmlElement) -> int:
    digits = re.match(r"\d+", picture.get("width") or "")
    return int(digits[0]) if digits else _WIDE_ENOUGH


def _style(element: HtmlElement) -> str:
    media = element.get("media")
    return f"@media {media} {{ {element.text or ''} }}" if media else element.text or ""


def _scoped(styles: str) -> str:
    """The issue's own styles; what it says of the page holds for its own whole instead."""
    return _WHOLE.sub(".trax-whole", _FETCHED.sub("none", styles)).replace("</", "")
