"""Whether a rule holds for one reader. The database decides the same, for all of them at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from trax_mailer.model.segments.folding import field_name, fold
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
from trax_mailer.model.subscriber import Subscriber


def holds(rule: Rule, reader: Subscriber, *, tags: Collection[str], since: dt.datetime) -> bool:
    """Whether the reader, subscribed `since` that moment, is one of those that the rule means.

    Raises ValueError for a rule that still names another segment.
    """
    match rule:
        case AllOf(rules):
            return all(holds(one, reader, tags=tags, since=since) for one in rules)
        case AnyOf(rules):
            return any(holds(one, reader, tags=tags, since=since) for one in rules)
        case Not(inner):
            return not holds(inner, reader, tags=tags, since=since)
        case Since(moment):
            return since >= moment
        case OtherSegment(name):
            raise ValueError(f"the segment {name!r} was not put in")
        case Compared():
            return any(_fits(rule, fold(text)) for text in _texts(rule, reader, tags))


def _texts(asked: Compared, reader: Subscriber, tags: Collection[str]) -> Iterable[str]:
    match asked.subject:
        case Subject.NAME:
            return (reader.name,)
        case Subject.EMAIL:
            return (reader.email,)
        case Subject.DOMAIN:
            return (reader.email[reader.email.find("@") + 1 :],)
        case Subject.LANGUAGE:
            return (reader.language,)
        case Subject.TAG:
            return tags
        case Subject.FIELD:
            return [text for name, text in reader.fields.items() if field_name(name) == asked.field]


def _fits(asked: Compared, text: str) -> bool:
    match asked.test:
        case Test.EXISTS:
            return text != ""
        case Test.IS if asked.subject is Subject.LANGUAGE:
            return any(text == value or text.startswith(f"{value}-") for value in asked.values)
        case Test.IS:
            return text in asked.meant
        case Test.CONTAINS:
            return any(value in text for value in asked.values)
        case Test.STARTS:
            return text.startswith(asked.values)
        case Test.ENDS:
            return text.endswith(asked.values)
