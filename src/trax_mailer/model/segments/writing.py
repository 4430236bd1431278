"""Rules as canonical text: in small letters, every value in quotes, every moment in UTC.

`stored_rule` reads it back as the same rule, whatever the time zone and the workspace say by then.
"""

from __future__ import annotations

import re

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
)
from trax_mailer.model.segments.words import INSTEAD, RESERVED

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")


def write_rule(rule: Rule) -> str:
    """The rule as text."""
    match rule:
        case AllOf(rules):
            return " and ".join(map(_inner, rules))
        case AnyOf(rules):
            return " or ".join(map(_inner, rules))
        case Not(inner):
            return f"not {_inner(inner)}"
        case Since(moment):
            return f"subscribed since {moment.strftime(MOMENT)}"
        case OtherSegment(name):
            return f"segment {_quoted(name)}"
        case Compared():
            return _compared(rule)


def _inner(rule: Rule) -> str:
    written = write_rule(rule)
    return f"({written})" if isinstance(rule, AllOf | AnyOf) else written


def _compared(rule: Compared) -> str:
    subject = _name(rule.field) if rule.subject is Subject.FIELD else rule.subject.value
    values = ", ".join(map(_quoted, rule.values))
    if rule.test is Test.EXISTS:
        return f"{subject} exists"
    if len(rule.values) == 1:
        return f"{subject} {rule.test} {values}"
    return f"{subject} in [{values}]" if rule.test is Test.IS else f"{subject} {rule.test} [{values}]"


def _name(field: str) -> str:
    reserved = any(word in RESERVED or word in INSTEAD for word in field.split(" "))
    return field if _PLAIN.fullmatch(field) and not reserved else _quoted(field)


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
