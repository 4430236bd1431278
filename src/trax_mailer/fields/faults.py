"""Problems inside texts: merge fields that are none, raw HTML, links that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from trax_mailer.fields.addresses import parse_url
from trax_mailer.fields.collecting import Fault, Wrong, did_you_mean, listed, nearest, shortened
from trax_mailer.fields.field import Field, Kind
from trax_mailer.model.merge import READER_FIELDS, MergeField, split_merge_fields

MOST_BRACKETS = 500
"""Looking for links takes time that grows with the square of their number."""

_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_ANCHOR = re.compile(r"#[A-Za-z0-9-]+")
_FAILED_LINK = re.compile(r"\]\([^)\n]*\)?")
_BARE_NAME = re.compile(r"\{\{\s*(?:reader\.)?([A-Za-z_ ]*[A-Za-z])\W*")
_MERGED = "\ue000"
_INSTEAD = {
    "b": "**bold**",
    "strong": "**bold**",
    "i": "*italic*",
    "em": "*italic*",
    "a": "[words](https://…)",
    "br": "a backslash at the end of the line",
    "p": "an empty line between paragraphs",
    "ul": "lines that begin with “- ”",
    "li": "lines that begin with “- ”",
    "img": "a picture field of the section",
}
_HREF = Field(name="link", kind=Kind.URL)


class _Markdown(MarkdownIt):
    """CommonMark that lets every address and tag through, so that each can be looked at."""

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - the library's own signature
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url


_MARKDOWN = _Markdown("commonmark", {"html": True})


def merge_faults(text: str, *, allowed: bool) -> Iterator[Fault]:
    """What stands between double braces and is no merge field, or none that is allowed here."""
    parts, bad = split_merge_fields(text)
    if not allowed and any(isinstance(part, MergeField) for part in parts):
        yield Fault(
            offset=text.find("{{"),
            written="{{",
            message="may not hold merge fields: it is the same for every reader.",
            advice="Move the merge field into the text.",
            check="merge",
        )
    for one in bad:
        known = [f"reader.{name}" for name in READER_FIELDS]
        names = f"The fields are {listed(known)}."
        if one.unknown_field is not None:
            message = f"names an unknown merge field, “reader.{shortened(one.unknown_field)}”."
            meant = did_you_mean(f"reader.{one.unknown_field}", known)
        else:
            message = f"holds “{shortened(one.written)}”, which is no merge field."
            meant = _suggested_form(one.written)
        yield Fault(
            offset=one.offset,
            written=one.written,
            message=message,
            advice=f"{meant} {names}".strip(),
            check="merge",
        )


def _suggested_form(written: str) -> str:
    match = _BARE_NAME.match(written)
    field = nearest(match[1], READER_FIELDS) if match else None
    if field:
        return f"Did you mean “{{{{ reader.{field} }}}}”?"
    return 'Write “{{ reader.first_name }}” or “{{ reader.first_name | default("colleague") }}”.'


def markdown_faults(text: str) -> Iterator[Fault]:
    """Raw HTML, pictures, and links that do not work, in Markdown."""
    hidden = _hide_merge_fields(text)
    if hidden.count("[") > MOST_BRACKETS:
        message = f"holds more than {MOST_BRACKETS} opening brackets, which is no text for people."
        yield Fault(
            offset=hidden.find("["), written="[", message=message, advice="Look for pasted code or data."
        )
        return
    starts = _line_starts(hidden)
    for token in _MARKDOWN.parse(hidden):
        start = starts[token.map[0]] if token.map else 0
        if token.type == "html_block":
            yield _html_fault(hidden, token.content.strip(), start)
        elif token.type == "inline":
            yield from _inline_faults(hidden, token.children or [], start)


def _inline_faults(text: str, children: list[Token], start: int) -> Iterator[Fault]:
    cursor = start
    words = ""
    for child in children:
        written = str(child.attrs.get("href" if child.type == "link_open" else "src", "")) or child.content
        found = text.find(written, cursor) if written else -1
        here = found if found >= 0 else cursor
        if child.type == "text":
            words += child.content
            cursor = here + len(child.content) if found >= 0 else cursor
            continue
        yield from _failed_links(text, words, start)
        words = ""
        if child.type == "html_inline":
            yield _html_fault(text, child.content, here)
            cursor = here + len(child.content)
        elif child.type == "code_inline":
            cursor = here + len(child.content)
        elif child.type == "image":
            yield Fault(
                offset=here,
                written=written,
                message="holds a picture inside the text.",
                advice="Give the section a picture field: a picture needs a size and words that describe it.",
            )
        elif child.type == "link_open":
            yield from _link_faults(written, here, is_auto=child.markup == "autolink")
    yield from _failed_links(text, words, start)


def _link_faults(target: str, offset: int, *, is_auto: bool) -> Iterator[Fault]:
    if _MERGED in target:
        yield Fault(
            offset=offset,
            written=target.partition(_MERGED)[0] or "{{",
            message="has a merge field in a link's address.",
            advice="Addresses are the same for every reader; merge fields belong in the words.",
            check="merge",
        )
    elif not _ANCHOR.fullmatch(target):
        try:
            parse_url(target, _HREF)
        except Wrong as problem:
            written = target.removeprefix("mailto:") if is_auto else target
            message = f"holds a link that {problem.message}"
            yield Fault(offset=offset, written=written or "](", message=message, advice=problem.advice)


def _failed_links(text: str, words: str, start: int) -> Iterator[Fault]:
    for match in _FAILED_LINK.finditer(words):
        found = text.find(match.group(), start)
        yield Fault(
            offset=max(found, start),
            written=match.group(),
            message=f"holds a link that does not work: “{shortened(match.group())}”.",
            advice="Write [words](https://…) with no blank in the address and none between ] and (.",
        )


def _html_fault(text: str, html: str, start: int) -> Fault:
    first_line = html.splitlines()[0] if html else ""
    written = first_line.partition(">")[0] + (">" if ">" in first_line else "")
    tag = _TAG.match(written)
    instead = _INSTEAD.get(tag[1].lower(), "") if tag else ""
    return Fault(
        offset=max(text.find(written, start), 0),
        written=written,
        message=f"holds HTML, “{shortened(written)}”; body text is Markdown.",
        advice=f"Write {instead} instead." if instead else "Use Markdown. For the sign itself write “\\<”.",
    )


def _hide_merge_fields(text: str) -> str:
    """The text with each merge field replaced by as many characters that Markdown lets stand."""
    parts, _bad = split_merge_fields(text)
    hidden, offset = [], 0
    for part in parts:
        if isinstance(part, str):
            hidden.append(part)
            offset += len(part)
            continue
        end = text.find("}}", offset) + 2
        hidden.append(_MERGED * (end - offset))
        offset = end
    return "".join(hidden)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
