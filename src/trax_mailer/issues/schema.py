"""The JSON Schema of an issue, so that editors complete and check it as it is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trax_mailer.fields import field_schema, json_schema
from trax_mailer.issues.head import ID_HELP, ID_PATTERN, ISSUE_FIELDS, SECTIONS_HELP, TYPE_HELP
from trax_mailer.issues.topics import topics_field
from trax_mailer.model.issue import BAND
from trax_mailer.sections import SectionType
from trax_mailer.settings import Topic


def issue_schema(types: Mapping[str, SectionType], *, topics: Sequence[Topic] = ()) -> dict[str, Any]:
    """JSON Schema 2020-12 of an issue with sections of these types, which may belong to these topics."""
    names = sorted(types)
    sections = {
        "type": "array",
        "minItems": 1,
        "description": SECTIONS_HELP,
        "items": {
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": {
                    "enum": names,
                    "description": TYPE_HELP,
                    "enumDescriptions": [types[name].help or types[name].label for name in names],
                }
            },
            "allOf": [
                {
                    "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                    "then": {"$ref": f"#/$defs/{name}"},
                }
                for name in names
            ],
        },
    }
    schema = json_schema(ISSUE_FIELDS, title="An issue of the newsletter")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "properties": {**schema["properties"], "sections": sections},
        "required": [*schema["required"], "sections"],
        "$defs": {name: _section_schema(types[name], topics) for name in names},
    }


def _section_schema(declared: SectionType, topics: Sequence[Topic]) -> dict[str, Any]:
    further: dict[str, Any] = {
        "type": {"const": declared.name, "description": TYPE_HELP},
        "id": {
            "anyOf": [{"type": "string", "pattern": rf"^\s*{ID_PATTERN}\s*$"}, {"type": "null"}],
            "description": ID_HELP,
        },
    }
    if topics and declared.name != BAND:
        further["topics"] = field_schema(topics_field(topic.name for topic in topics))
    return json_schema(declared.fields, title=declared.label, description=declared.help, further=further)
