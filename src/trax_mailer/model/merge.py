"""Merge fields: what a writer may type to address each reader, and how it is read.

The only form is `{{ reader.FIELD }}` or `{{ reader.FIELD | default("words") }}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from trax_mailer.model.subscriber import Subscriber

READER_FIELDS = ("first_name", "last_name", "name", "organisation", "country", "email", "language")
"""The fields of a reader that content may use."""

_OPENING = re.compile(r"\{\{.*?(?:\}\}|$)", re.DOTALL)
_FIELD = re.compile(
    r"""\{\{\s*reader\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*
        (?:\|\s*default\(\s*(?P<quote>["'])(?P<default>[^"'{}\r\n]*)(?P=quote)\s*\)\s*)?\}\}""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class MergeField:
    """A value of the reader, with the words to use where the reader has none."""

    name: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class BadMerge:
    """Something between double braces that is no merge field; `offset` counts characters."""

    written: str
    offset: int
    unknown_field: str | None = None


def split_merge_fields(text: str) -> tuple[tuple[str | MergeField, ...], tuple[BadMerge, ...]]:
    """Cut `text` into plain words and merge fields, in order.

    What is no valid merge field stays in the words and is returned as a `BadMerge`, too.
    """
    parts: list[str | MergeField] = []
    bad: list[BadMerge] = []
    words_from = 0
    for opening in _OPENING.finditer(text):
        match = _FIELD.fullmatch(opening.group())
        name = match["name"] if match else None
        if match is None or name not in READER_FIELDS:
            bad.append(BadMerge(opening.group(), opening.start(), unknown_field=name))
            continue
        if words_from < opening.start():
            parts.append(text[words_from : opening.start()])
        parts.append(MergeField(name, match["default"] or ""))
        words_from = opening.end()
    if words_from < len(text):
        parts.append(text[words_from:])
    return tuple(parts), tuple(bad)


def merge_values(subscriber: Subscriber) -> dict[str, str]:
    """The reader's value for every field that content may use; empty where the reader has none.

    A first name is never guessed from a whole name: a wrong guess greets people wrongly.
    """
    own = {"email": subscriber.email, "name": subscriber.name, "language": subscriber.language}
    return {name: own.get(name) or subscriber.fields.get(name, "") for name in READER_FIELDS}
