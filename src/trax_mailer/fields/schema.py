"""The JSON Schema (2020-12) of declared fields, for editors that check a file as it is typed.

It accepts what the reader accepts, as an editor sees it that reads YAML by the core rules of 1.2:
words that look like numbers are numbers there, so a text may be one, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from trax_mailer.fields.addresses import SCHEMES
from trax_mailer.fields.field import LINK_FIELDS, PICTURE_FIELDS, RANGE_FIELDS, Field, Kind

Schema: TypeAlias = dict[str, Any]

_CLOCK = r"([01]?[0-9]|2[0-3]):[0-5][0-9]"
_OFFSET = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_DAY = r"^\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_DATE = rf"{_DAY}\s*$"
_WORDS: Schema = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
_TRUE_OR_FALSE: Schema = {"type": ["boolean", "string"], "pattern": r"^\s*([Tt]rue|TRUE|[Ff]alse|FALSE)\s*$"}
_PATTERNS = {
    Kind.URL: f"^\\s*({'|'.join(SCHEMES)}):\\S+\\s*$",
    Kind.EMAIL: r"^\s*[^\s@]+@[^\s@]+\s*$",
    Kind.DATE: _DATE,
    Kind.DATETIME: rf"{_DAY}([T ]| +){_CLOCK}\s*{_OFFSET}\s*$",
    Kind.TIME: rf"^\s*{_CLOCK}\s*$",
    Kind.LANGUAGE: r"^\s*[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?\s*$",
    Kind.COLOUR: r"^\s*#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})\s*$",
}


def json_schema(
    fields: tuple[Field, ...], *, title: str = "", description: str = "", further: Schema | None = None
) -> Schema:
    """An object of these fields and no others; `further` are properties somebody else reads."""
    properties: Schema = {**(further or {}), **{field.name: field_schema(field) for field in fields}}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    required = [field.name for field in fields if field.required]
    if required:
        schema["required"] = required
    return _described(schema, title=title, description=description)


def field_schema(field: Field) -> Schema:
    """One field; what is not required may be left empty, too."""
    schema = _of_kind(field)
    if not field.required:
        schema = {"anyOf": [schema, {"type": "null"}, {"type": "string", "pattern": r"^\s*$"}]}
    return _described(schema, title=field.label, description=field.help)


def _described(schema: Schema, *, title: str, description: str) -> Schema:
    words = {name: text for name, text in (("title", title), ("description", description)) if text}
    return {**words, **schema}


def _of_kind(field: Field) -> Schema:
    make = _MAKERS.get(field.kind)
    return make(field) if make else {"type": "string", "pattern": _PATTERNS[field.kind]}


def _number(field: Field) -> Schema:
    schema: Schema = {"type": ["integer", "string"], "pattern": r"^\s*[-+]?[0-9]{1,15}\s*$"}
    if field.least is not None:
        schema["minimum"] = field.least
    if field.most is not None:
        schema["maximum"] = field.most
    return schema


def _range(_field: Field) -> Schema:
    several = rf"{_DAY}\s*(to|–|—|/|\.\.){_DATE.removeprefix('^')}"
    return {"anyOf": [{"type": "string", "pattern": f"{_DATE}|{several}"}, json_schema(RANGE_FIELDS)]}


def _by_language(item: Field) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": _PATTERNS[Kind.LANGUAGE]},
        "additionalProperties": field_schema(item),
    }


def _list(field: Field) -> Schema:
    if field.of is None:
        raise TypeError(f"the list {field.name!r} declares no items")
    schema: Schema = {"type": "array", "items": _item_schema(field.of)}
    if field.required:
        schema["minItems"] = 1
    return schema


def _item_schema(field: Field) -> Schema:
    """An entry of a list: never nothing; words may be empty when quoted, as a table's cells are."""
    schema = _of_kind(field)
    if field.kind is Kind.TEXT:
        del schema["pattern"]
    return schema


def _picture(_field: Field) -> Schema:
    return {**json_schema(PICTURE_FIELDS), "anyOf": [{"required": ["alt"]}, {"required": ["decorative"]}]}


_MAKERS: dict[Kind, Callable[[Field], Schema]] = {
    Kind.TEXT: lambda _field: dict(_WORDS),
    Kind.MARKDOWN: lambda _field: dict(_WORDS),
    Kind.NUMBER: _number,
    Kind.BOOLEAN: lambda _field: dict(_TRUE_OR_FALSE),
    Kind.CHOICE: lambda field: {"enum": list(field.choices)},
    Kind.LINK: lambda _field: json_schema(LINK_FIELDS),
    Kind.PICTURE: _picture,
    Kind.DATE_RANGE: _range,
    Kind.GROUP: lambda field: _by_language(field.of) if field.of else json_schema(field.fields),
    Kind.LIST: _list,
}
