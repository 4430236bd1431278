"""Visits of one mailing, counted: what reports add up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from trax_mailer.model.visit import Verdict, VisitKind

_PIXEL = frozenset({0})


class Seen(NamedTuple):
    """Visits that are alike. `why` is empty where they were not judged yet, or are counts by now."""

    at: dt.datetime
    kind: VisitKind
    verdict: Verdict
    link: int
    language: str
    why: str


class Pattern(NamedTuple):
    """What copies did that did the same: whether the mail was opened, and the links that were pressed.

    `opened` and `pressed` are of any visits, the others of those that look human.
    """

    language: str
    opened: bool
    opened_by_human: bool
    pressed: frozenset[int]
    pressed_by_human: frozenset[int]

    def links(self, kind: VisitKind, *, human: bool = False) -> frozenset[int]:
        """The links of these visits, or of those that look human; an open's number is 0."""
        if kind is VisitKind.CLICK:
            return self.pressed_by_human if human else self.pressed
        return _PIXEL if (self.opened_by_human if human else self.opened) else frozenset()


class Folded(NamedTuple):
    """Visits of which counts are left. `visitors` is how many copies made them."""

    at: dt.datetime
    kind: VisitKind
    verdict: Verdict
    link: int
    language: str
    visits: int
    visitors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingVisits:
    """All visits of one mailing: those kept one by one, by what is alike in them; and the counts of old ones.

    A copy is known by its pseudonym, or by the reader where that one consented, and has one language.
    """

    seen: dict[Seen, int]
    copies: dict[Pattern, int]
    folded: tuple[Folded, ...]
