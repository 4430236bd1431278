"""The frame of a new issue: a commented issue.yaml that passes the checks, to be filled in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from trax_mailer.fields import Field, Kind
from trax_mailer.sections import SectionType
from trax_mailer.yamltree import quoted

TO_WRITE = "To be written"
"""The words the frame holds where somebody has to write; loading warns where they are left."""

_PLACEHOLDERS = {
    Kind.TEXT: f"{TO_WRITE}.",
    Kind.MARKDOWN: f"{TO_WRITE}.",
    Kind.URL: "https://www.example.org/",
    Kind.EMAIL: "someone@example.org",
    Kind.TIME: "10:00",
    Kind.NUMBER: "1",
    Kind.BOOLEAN: "false",
    Kind.COLOUR: '"#000000"',
    Kind.LINK: f"{{label: {TO_WRITE}, url: https://www.example.org/}}",
}


def write_frame(
    *, number: int, title: str, date: dt.date, language: str, types: Mapping[str, SectionType]
) -> str:
    """The text of the file. Raises ValueError when every section type needs a picture."""
    chosen = _first_section(types)
    lines = [
        f"# Issue {number}. Check it with “trax check {number}”, see it with “trax preview {number}”.",
        f"number: {number}",
        f"title: {quoted(title)}",
        f"date: {date.isoformat()}   # the day it goes out: year-month-day",
        f"# language: {language}     # only when it is not the newsletter's",
        "# What inboxes show after the subject: one sentence of 40 to 90 characters.",
        "preheader:",
        "",
        "# The sections, in the order readers see them; each may come more than once. A field with * must",
        "# be filled in, the others may be left out. Values that hold “: ” or begin with {, [, *, & or @",
        "# need quotes. Pictures lie beside this file. The types and their fields:",
        *(_comment(declared) for _name, declared in sorted(types.items())),
        "sections:",
        f"  - type: {chosen.name}",
        *_required(chosen, date, language),
    ]
    return "\n".join(lines) + "\n"


def _first_section(types: Mapping[str, SectionType]) -> SectionType:
    """What an issue usually begins with, or else any type that needs no picture."""
    for name in ("lead", "article", *sorted(types)):
        if name in types and all(_can_fill(field) for field in types[name].fields if field.required):
            return types[name]
    raise ValueError("there is no section type that can be filled in without a picture")


def _can_fill(field: Field) -> bool:
    match field.kind:
        case Kind.PICTURE:
            return False
        case Kind.LIST:
            return field.of is not None and _can_fill(field.of)
        case Kind.GROUP:
            return all(_can_fill(inner) for inner in field.fields if inner.required)
    return True


def _comment(declared: SectionType) -> str:
    names = ", ".join(field.name + ("*" if field.required else "") for field in declared.fields)
    return f"#   {declared.name}: {names}"


def _required(declared: SectionType, date: dt.date, language: str) -> list[str]:
    """The lines of the fields that must be filled in; title and body where there are any, too."""
    wanted = [field for field in declared.fields if field.required or field.name in {"title", "body"}]
    return [f"    {field.name}: {_placeholder(field, date, language)}" for field in wanted]


def _placeholder(field: Field, date: dt.date, language: str) -> str:
    if field.kind is Kind.LIST and field.of is not None:
        return f"[{_placeholder(field.of, date, language)}]"
    if field.kind is Kind.GROUP:
        inner = [one for one in field.fields if one.required] or list(field.fields[:1])
        return "{" + ", ".join(f"{one.name}: {_placeholder(one, date, language)}" for one in inner) + "}"
    if field.kind is Kind.CHOICE:
        return quoted(field.choices[0])
    days = {
        Kind.DATE: date.isoformat(),
        Kind.DATE_RANGE: date.isoformat(),
        Kind.DATETIME: f"{date.isoformat()} 10:00",
        Kind.LANGUAGE: language,
    }
    return days.get(field.kind) or _PLACEHOLDERS[field.kind]
