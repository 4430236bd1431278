"""Checks of rendered MJML before it is compiled.

The compiler lets unknown tags, wrong attributes and bad nesting pass, and gives no lines for what
it refuses.
"""

from __future__ import annotations

import difflib
import html.entities
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from trax_mailer.render.mjml_tags import ATTRIBUTES, CHILDREN, HOLD_HTML, HOLD_WORDS, REFUSED

_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_LINE_IN_MESSAGE = re.compile(r"(?:: (\S+) line (\d+) and (\S+))")


@dataclass(frozen=True, slots=True)
class MjmlProblem:
    """Something wrong in line `line` (from 1) of the rendered MJML.

    `opened` is the line of the tag that was not closed, where that is the problem.
    """

    line: int
    message: str
    advice: str = ""
    opened: int | None = None


def check_mjml(mjml: str) -> list[MjmlProblem]:
    """Every problem of a rendered MJML document; syntax errors stop at the first."""
    parser = etree.XMLParser(no_network=True, remove_comments=True, huge_tree=False)
    try:
        root = etree.fromstring(_doctype(mjml) + mjml, parser)
    except etree.XMLSyntaxError as error:
        return [_syntax_problem(error)]
    if _tag(root) != "mjml":
        return [MjmlProblem(_line(root), f"the layout begins with <{_tag(root)}>, not with <mjml>")]
    return list(_problems(root))


def _doctype(mjml: str) -> str:
    """An internal DTD for the HTML entities that occur, on the document's first line."""
    names = sorted({name for name in _ENTITY.findall(mjml) if name not in _OF_XML})
    known = [name for name in names if name in html.entities.name2codepoint]
    entities = "".join(f'<!ENTITY {name} "&#{html.entities.name2codepoint[name]};">' for name in known)
    return f"<!DOCTYPE mjml [{entities}]>"


def _syntax_problem(error: etree.XMLSyntaxError) -> MjmlProblem:
    message = re.sub(r", line \d+, column \d+.*$", "", str(error.msg))
    if mismatch := _LINE_IN_MESSAGE.search(message):
        opened, line, closed = mismatch.groups()
        message = f"<{opened}> is not closed before </{closed}>"
        return MjmlProblem(error.lineno or 1, message, _WELL_FORMED, opened=int(line))
    return MjmlProblem(error.lineno or 1, f"The MJML is not well-formed: {message}", _WELL_FORMED)


_WELL_FORMED = "MJML is XML: close every tag, quote every attribute, write & as &amp;"


def _problems(element: etree._Element) -> Iterator[MjmlProblem]:
    tag, line = _tag(element), _line(element)
    if tag not in ATTRIBUTES:
        yield _unknown_tag(tag, line)
        return
    yield from _attribute_problems(element, tag, line)
    if tag in HOLD_WORDS or tag in HOLD_HTML:
        yield from _content_problems(element, tag)
        return
    for child in element:
        if not _tag(child):
            yield MjmlProblem(_line(child), "processing instructions do not belong in MJML")
        elif tag == "mj-attributes":
            yield from _default_problems(child)
        elif _tag(child) in ATTRIBUTES and _tag(child) not in CHILDREN.get(tag, frozenset()):
            allowed = ", ".join(f"<{name}>" for name in sorted(CHILDREN.get(tag, ())))
            advice = f"in <{tag}> may stand: {allowed}" if allowed else f"<{tag}> takes no content"
            yield MjmlProblem(_line(child), f"<{_tag(child)}> cannot stand in <{tag}>", advice)
        else:
            yield from _problems(child)
    yield from _stray_words(element, tag)


def _stray_words(element: etree._Element, tag: str) -> Iterator[MjmlProblem]:
    """Words directly in a tag that holds tags only. Tags over several lines blur the line."""
    line = _line(element)
    pieces = [(line, element.text or "")]
    for child in element:
        inner = child.itertext(with_tail=False) if _tag(child) else ()
        pieces.append((_line(child) + "".join(str(text) for text in inner).count("\n"), child.tail or ""))
    for begin, text in pieces:
        if words := text.strip():
            at = begin + text[: text.index(words[0])].count("\n")
            message = f"“{words[:40]}” stands directly in <{tag}>"
            yield MjmlProblem(at, message, "put words into <mj-text>")


def _unknown_tag(tag: str, line: int) -> MjmlProblem:
    if tag in REFUSED:
        return MjmlProblem(line, f"<{tag}> cannot be used", REFUSED[tag])
    close = difflib.get_close_matches(tag, ATTRIBUTES, n=1)
    advice = f"did you mean <{close[0]}>?" if close else "HTML belongs into <mj-text> or <mj-raw>"
    return MjmlProblem(line, f"<{tag}> is no tag of MJML", advice)


def _attribute_problems(element: etree._Element, tag: str, line: int) -> Iterator[MjmlProblem]:
    for name, value in _attributes(element).items():
        if tag == "mj-style" and name == "inline":
            advice = "put rules that are to be inlined into style.css"
            yield MjmlProblem(line, "the compiler does not inline mj-style", advice)
        elif name == "mj-class" and len(value.split()) > 1:
            yield MjmlProblem(line, "the compiler mixes up two classes in one mj-class", "name one class")
        elif name not in ATTRIBUTES[tag]:
            close = difflib.get_close_matches(name, ATTRIBUTES[tag], n=1)
            advice = f"did you mean “{close[0]}”?" if close else ""
            yield MjmlProblem(line, f"<{tag}> takes no attribute “{name}”", advice)
    if tag in {"mj-image", "mj-social-element"} and "alt" not in _attributes(element):
        yield MjmlProblem(line, f"<{tag}> has no alt", 'write alt="" where the picture is only decoration')
    if tag == "mj-social-element" and _is_share_button(_attributes(element).get("name", "")):
        advice = f'use name="{_attributes(element)["name"]}-noshare", or leave it out and give src'
        yield MjmlProblem(line, "the compiler turns this into a share link", advice)


def _is_share_button(name: str) -> bool:
    return bool(name) and not name.endswith("-noshare")


def _default_problems(child: etree._Element) -> Iterator[MjmlProblem]:
    """mj-attributes holds mj-all, mj-class and any component, each with attributes only."""
    tag, line = _tag(child), _line(child)
    if len(child):
        yield MjmlProblem(line, f"<{tag}> in <mj-attributes> takes no content")
    if tag in {"mj-all", "mj-class"}:
        return
    if tag not in ATTRIBUTES:
        yield _unknown_tag(tag, line)
        return
    for name in _attributes(child):
        if name not in ATTRIBUTES[tag]:
            yield MjmlProblem(line, f"<{tag}> takes no attribute “{name}”")


def _content_problems(element: etree._Element, tag: str) -> Iterator[MjmlProblem]:
    for inner in element.iterdescendants():
        line = _line(inner)
        if not _tag(inner):
            yield MjmlProblem(line, "processing instructions do not belong in mail")
        elif tag in HOLD_WORDS:
            yield MjmlProblem(line, f"<{tag}> takes words only, no <{_tag(inner)}>")
        elif _tag(inner).startswith("mj-"):
            yield MjmlProblem(
                line, f"<{_tag(inner)}> cannot stand in <{tag}>", "close the tag before it first"
            )
        elif _tag(inner) in {"script", "link", "iframe", "form", "object", "embed"}:
            yield MjmlProblem(line, f"<{_tag(inner)}> does not work in mail")
        elif _tag(inner) == "img" and "alt" not in _attributes(inner):
            yield MjmlProblem(line, "<img> has no alt", 'write alt="" where the picture is only decoration')


def _tag(element: etree._Element) -> str:
    """The element's name; empty for a processing instruction."""
    tag: object = element.tag
    return tag if isinstance(tag, str) else ""


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}


def _line(element: Any) -> int:  # noqa: ANN401 - the stubs know no lines
    return int(element.sourceline or 1)
