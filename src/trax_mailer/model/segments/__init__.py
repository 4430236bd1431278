"""The language of segments: rules as a person writes them, as types, and as canonical text.

Takes words and returns frozen rules, or every problem with its offset; decides whether a rule holds for
one reader. Never reads a file, never asks the ledger, and never runs what a rule says as a program.
"""

from trax_mailer.model.segments.conditions import SEGMENT_NAME
from trax_mailer.model.segments.evaluation import holds
from trax_mailer.model.segments.parsing import MOST_CONDITIONS, Parsed, parse_rule, stored_rule
from trax_mailer.model.segments.rule import (
    AllOf,
    AnyOf,
    Compared,
    Not,
    OtherSegment,
    Rule,
    Since,
    Subject,
    Test,
    parts_of,
)
from trax_mailer.model.segments.tokens import Problem
from trax_mailer.model.segments.writing import write_rule

__all__ = [
    "MOST_CONDITIONS",
    "SEGMENT_NAME",
    "AllOf",
    "AnyOf",
    "Compared",
    "Not",
    "OtherSegment",
    "Parsed",
    "Problem",
    "Rule",
    "Since",
    "Subject",
    "Test",
    "holds",
    "parse_rule",
    "parts_of",
    "stored_rule",
    "write_rule",
]
