"""Declared fields: one machinery for issues, section types, settings and themes.

Takes nodes of `yamltree` and declarations (`Field`), returns typed values of `model.values` with
their places and every finding at once, and the JSON Schema of the same declarations. Never
raises for what a file says, never reads a file but the pictures it is asked to check, and knows
no issue, section or setting.
"""

from trax_mailer.fields.addresses import parse_url
from trax_mailer.fields.collecting import Findings, Wrong, did_you_mean
from trax_mailer.fields.field import Field, Kind
from trax_mailer.fields.reading import Reading, read_fields
from trax_mailer.fields.schema import field_schema, json_schema

__all__ = [
    "Field",
    "Findings",
    "Kind",
    "Reading",
    "Wrong",
    "did_you_mean",
    "field_schema",
    "json_schema",
    "parse_url",
    "read_fields",
]
