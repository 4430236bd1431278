"""Visits for reports from an SQLite file: one scan, counted here: SQLite would sort them for each split."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import add
from typing import Any
from typing import cast as cast_type

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Text,
    cast,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError

from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.model.visit_counts import Pattern, Seen
from trax_mailer.storage import schema
from trax_mailer.storage.report_numbers import hour_of, read_hour

_visit = schema.visit
_AND = literal("|", literal_execute=True)
_ALIKE = re.compile(rf"(.{{13}})(\d+)({'|'.join(VisitKind)})({'|'.join(Verdict)})\|([^|]*)\|(.*)", re.DOTALL)


def read_file(connection: Connection, mailing_id: int) -> tuple[dict[Seen, int], dict[Pattern, int]]:
    """Visits that are alike, and copies that did the same, with how many there are of each."""
    copy = func.coalesce(_visit.c.pseudonym, _visit.c.subscriber_id)
    query = select(copy, _alike(connection)).where(*_of(connection, mailing_id))
    kinds = _Kinds()
    done: dict[object, int] = {}
    before = done.get
    for who, text in _rows(connection, query):
        kind = kinds[text]
        kind.visits += 1
        done[who] = before(who, 0) | kind.act
    done.pop(None, None)
    seen: Counter[Seen] = Counter()
    for kind in kinds.values():
        seen[kind.seen] += kind.visits
    copies: Counter[Pattern] = Counter()
    for acts, count in Counter(done.values()).items():
        for pattern in _patterns([kinds.acts[at] for at in _set_bits(acts)]):
            copies[pattern] += count
    return seen, copies


class _Kind:
    """Visits that are alike, and the bit of what was done: one number holds all that a copy did."""

    __slots__ = ("act", "seen", "visits")

    def __init__(self, seen: Seen, act: int) -> None:
        self.seen, self.act, self.visits = seen, act, 0


class _Kinds(dict[str, _Kind]):
    """Kinds by the text that is read of each visit; `acts` are visits of which one bit each is set."""

    def __init__(self) -> None:
        self.acts: list[Seen] = []
        self._bits: dict[tuple[object, ...], int] = {}

    def __missing__(self, text: str) -> _Kind:
        seen = _read(text)
        what = (seen.kind, seen.link, seen.language, seen.verdict is Verdict.HUMAN)
        if what not in self._bits:
            self._bits[what] = 1 << len(self.acts)
            self.acts.append(seen)
        self[text] = kind = _Kind(seen, self._bits[what])
        return kind


def _of(connection: Connection, mailing_id: int) -> tuple[ColumnElement[bool], ...]:
    """The visits of the mailing, which lie close together: they are read in the order in which they lie."""
    of_it = _visit.c.mailing_id == mailing_id
    # Asked apart, each is one look into an index; together, SQLite would read all of them.
    first, last = (connection.scalar(select(end(_visit.c.id)).where(of_it)) for end in (func.min, func.max))
    # The sum keeps SQLite from an index, by which it would look up each visit by itself.
    return _visit.c.id.between(first, last), _visit.c.mailing_id + 0 == mailing_id


def _alike(connection: Connection) -> ColumnElement[str]:
    """One short text of all columns: it is made for every visit."""
    parts = [
        hour_of(connection, _visit.c.at),
        cast(_visit.c.link, Text),
        type_coerce(_visit.c.kind, String),
        type_coerce(_visit.c.verdict, String),
        _AND,
        _visit.c.language,
        _AND,
        _visit.c.why,
    ]
    return reduce(add, parts)


def _read(text: str) -> Seen:
    found = _ALIKE.fullmatch(text)
    assert found is not None  # noqa: S101 - narrows a type
    hour, link, kind, verdict, language, why = found.groups()
    return Seen(read_hour(hour), VisitKind(kind), Verdict(verdict), int(link), language, why)


def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """The rows as the driver gives them: SQLAlchemy's take twice as long."""
    try:
        yield from cast_type(Iterable[Any], connection.execute(query).cursor)
    except sqlite3.Error as error:
        raise DBAPIError(str(query), None, error) from error


def _set_bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _patterns(acts: list[Seen]) -> Iterator[Pattern]:
    """What a copy did, in each language: every copy has one."""
    for language in {one.language for one in acts}:
        of_kind = {
            kind: [one for one in acts if one.kind is kind and one.language == language] for kind in VisitKind
        }
        clicks, opens = of_kind[VisitKind.CLICK], of_kind[VisitKind.OPEN]
        yield Pattern(
            language=language,
            opened=bool(opens),
            opened_by_human=any(one.verdict is Verdict.HUMAN for one in opens),
            pressed=frozenset(one.link for one in clicks),
            pressed_by_human=frozenset(one.link for one in clicks if one.verdict is Verdict.HUMAN),
        )
