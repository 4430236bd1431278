"""The rules of segments as conditions of the database: who of the readers is meant.

Both databases decide as `model.segments.holds` does. Every word of a rule goes along as a parameter.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, and_, exists, func, literal, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TableValuedAlias

from trax_mailer.model.segments import AllOf, AnyOf, Compared, Not, OtherSegment, Rule, Since, Subject, Test
from trax_mailer.model.segments.folding import capital_of
from trax_mailer.storage import schema

_subscriber = schema.subscriber
_subscription = schema.subscription


def condition(rule: Rule) -> ColumnElement[bool]:
    """Whether the rule holds, in a query over `subscriber` and `subscription`, both of them in it.

    Raises ValueError for a rule that still names another segment.
    """
    match rule:
        case AllOf(rules):
            return and_(*map(condition, rules))
        case AnyOf(rules):
            return or_(*map(condition, rules))
        case Not(inner):
            return not_(condition(inner))
        case Since(moment):
            return _subscription.c.changed_at >= moment
        case OtherSegment(name):
            raise ValueError(f"the segment {name!r} was not put in")
        case Compared():
            return _compared(rule)


def has_field(name: str) -> ColumnElement[bool]:
    """Whether something stands in the reader's further field of that folded name."""
    return _compared(Compared(subject=Subject.FIELD, field=name, test=Test.EXISTS))


def each_field(fields: ColumnElement[Any]) -> TableValuedAlias:
    """The names (`key`) and words (`value`) of the further fields of each reader, one a row."""
    return _EachField(fields).table_valued("key", "value")


def _compared(asked: Compared) -> ColumnElement[bool]:
    match asked.subject:
        case Subject.NAME:
            return _fits(asked, _subscriber.c.name)
        case Subject.EMAIL:
            return _fits(asked, _subscriber.c.email)
        case Subject.DOMAIN:
            at = _place_of(_subscriber.c.email, literal("@"))
            return _fits(asked, func.substr(_subscriber.c.email, at + 1))
        case Subject.LANGUAGE:
            return _fits(asked, _subscriber.c.language)
        case Subject.TAG:
            tag = schema.tag.alias()
            return exists().where(tag.c.subscriber_id == _subscriber.c.id, _fits(asked, tag.c.name))
        case Subject.FIELD:
            field = each_field(_subscriber.c.fields)
            name = func.replace(_folded(field.c.key, asked.field), "_", " ")
            return exists().where(name == asked.field, _fits(asked, field.c.value))


def _fits(asked: Compared, text: ColumnElement[Any]) -> ColumnElement[bool]:
    if asked.test is Test.EXISTS:
        return text != ""
    if asked.test is Test.IS and asked.subject is not Subject.LANGUAGE:
        plain = [value for value in asked.meant if value.isascii()]
        others = [value for value in asked.meant if not value.isascii()]
        return or_(_small(text).in_(plain), *(_folded(text, value) == value for value in others))
    return or_(*(_fits_value(asked, _folded(text, value), value) for value in asked.values))


def _fits_value(asked: Compared, text: ColumnElement[str], value: str) -> ColumnElement[bool]:
    match asked.test:
        case Test.CONTAINS:
            return _place_of(text, literal(value)) > 0
        case Test.STARTS:
            return func.substr(text, 1, len(value)) == value
        case Test.ENDS:
            return func.substr(text, func.length(text) - len(value) + 1) == value
        case _:
            return or_(text == value, func.substr(text, 1, len(value) + 1) == f"{value}-")


def _folded(text: ColumnElement[Any], value: str) -> ColumnElement[str]:
    """The text in small letters, as far as comparing it with that folded value needs it."""
    folded: ColumnElement[str] = _small(text)
    for sign in sorted(set(value)):
        if not sign.isascii() and (capital := capital_of(sign)):
            folded = func.replace(folded, capital, sign)
    return folded


class _EachField(FunctionElement[Any]):
    """The names and words of the further fields, one a row."""

    inherit_cache = True


class _small(FunctionElement[str]):  # noqa: N801 - written like the function it is
    """The letters A to Z as small ones; all others as they are, whatever the database's language."""

    type = Text()
    inherit_cache = True


class _place_of(FunctionElement[int]):  # noqa: N801 - written like the function it is
    """Where the second text begins in the first, counted from 1; 0 where it is not in it."""

    type = Integer()
    inherit_cache = True


@compiles(_EachField)
def _each_field(element: _EachField, compiler: SQLCompiler, **more: object) -> str:
    name = "json_each" if compiler.dialect.name == "sqlite" else "json_each_text"
    return f"{name}({compiler.process(element.clauses, **more)})"


@compiles(_small)
def _write_small(element: _small, compiler: SQLCompiler, **more: object) -> str:
    collation = "" if compiler.dialect.name == "sqlite" else ' COLLATE "C"'
    return f"lower({compiler.process(element.clauses, **more)}{collation})"


@compiles(_place_of)
def _write_place_of(element: _place_of, compiler: SQLCompiler, **more: object) -> str:
    name = "instr" if compiler.dialect.name == "sqlite" else "strpos"
    return f"{name}({compiler.process(element.clauses, **more)})"
