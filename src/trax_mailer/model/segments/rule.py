"""What a segment asks of a reader: comparisons, joined by and, or and not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from trax_mailer.model.segments.countries import names_of_country

_COUNTRY = "country"


class Subject(StrEnum):
    """What of a reader is compared."""

    NAME = "name"
    EMAIL = "email"
    DOMAIN = "email domain"
    """What follows the @ of the address."""
    LANGUAGE = "language"
    """A tag; `fr` means fr-CH as well, where a language is asked for by “is” or “in”."""
    TAG = "tag"
    """Each of the reader's tags; one that fits is enough."""
    FIELD = "field"
    """A further field by its name, such as organisation, country or role."""


class Test(StrEnum):
    """How it is compared. Small and capital letters are alike."""

    __test__ = False
    IS = "is"
    CONTAINS = "contains"
    STARTS = "starts with"
    ENDS = "ends with"
    EXISTS = "exists"
    """Something stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One of `values`, which are folded, fits. `field` is the folded name of a further field."""

    subject: Subject
    test: Test
    values: tuple[str, ...] = ()
    field: str = ""

    @property
    def meant(self) -> tuple[str, ...]:
        """The values, and where a country is compared as a whole, its other names."""
        if self.field != _COUNTRY or self.test is not Test.IS:
            return self.values
        named = (name for value in self.values for name in (value, *names_of_country(value)))
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Since:
    """Subscribed to the list at that moment, in UTC, or later."""

    moment: dt.datetime


@dataclass(frozen=True, slots=True)
class OtherSegment:
    """Whoever is in the segment of that name, which stands at `offset` of the words."""

    name: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    """Whoever the rule does not hold for."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of at least two rules holds."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of at least two rules holds."""

    rules: tuple[Rule, ...]


Rule: TypeAlias = Compared | Since | OtherSegment | Not | AllOf | AnyOf


def parts_of(rule: Rule) -> Iterator[Compared | Since | OtherSegment]:
    """The single conditions of a rule, in order."""
    match rule:
        case Not(inner):
            yield from parts_of(inner)
        case AllOf(rules) | AnyOf(rules):
            for one in rules:
                yield from parts_of(one)
        case _:
            yield rule
