"""Reports: the frozen numbers of what became of an issue, or of one mailing of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TypeAlias

from trax_mailer.model.mailing import Outcome, Proof
from trax_mailer.model.visit import Verdict, VisitKind

SMALLEST = 5
"""Numbers of people below it are withheld where readers are split by what they are or chose.

Who knows that one reader of a list has an address at some provider, or reads in some language, could else
read from “1 click” what that reader did. Five is what statistics offices commonly ask at the least.
"""

Shown: TypeAlias = int | None
"""A number in such a split; None where it is withheld."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Visits by verdict, and by how many copies of the mail they were made.

    `people` is how many copies had a visit that looks human, `copies` how many had any visit.
    """

    human: int = 0
    machine: int = 0
    unsure: int = 0
    people: int = 0
    copies: int = 0

    @property
    def visits(self) -> int:
        """All of them, whoever made them."""
        return self.human + self.machine + self.unsure


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingLine:
    """One mailing of the report, with its own proof."""

    id: int
    list_name: str
    language: str
    transport: str
    tracking: str
    state: str
    started_at: dt.datetime | None
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """One group of a split, such as a provider: its numbers by column, each shown or withheld."""

    name: str
    numbers: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """A link with its clicks. `tally` is None where its section is withheld.

    `place` is the index of its section in the issue, -1 in the frame; `section` is what people call that.
    """

    number: int
    label: str
    target: str
    place: int
    section: str
    tally: Tally | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourLine:
    """What happened in one hour, which begins at `at`."""

    at: dt.datetime
    accepted: int = 0
    opens: int = 0
    clicks: int = 0
    others: int = 0
    """Visits of machines, and those of which nobody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceLine:
    """Deliveries that were refused afterwards, for one class of reasons."""

    outcome: Outcome
    words: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthLine:
    """One month of a list: who came, who went and how, and how many were on it at its end."""

    list_name: str
    month: str
    joined: int
    left: int
    bounced: int
    complained: int
    size: int


PROVIDER_COLUMNS = ("delivered", "refused", "complained", "nothing known", "accepted")
"""The last is the sum of the others."""
VISIT_COLUMNS = ("human", "machine", "unsure", "people", "copies")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The numbers of one issue: of all its real mailings, or of one.

    `outcomes` is about who was accepted. `left` is how many left by a page or a press in their mail program
    after the mailing, before the next to the same list. `folded` says that pseudonyms were deleted already,
    so that people are counted at most, not exactly.
    """

    issue_number: int
    title: str
    mailings: tuple[MailingLine, ...]
    proof: Proof
    outcomes: dict[Outcome, int]
    visits: dict[VisitKind, Tally]
    providers: tuple[GroupLine, ...]
    languages: dict[VisitKind, tuple[GroupLine, ...]]
    sections: tuple[GroupLine, ...]
    links: tuple[LinkLine, ...]
    bounces: tuple[BounceLine, ...]
    hours: tuple[HourLine, ...]
    left: tuple[tuple[str, int], ...]
    growth: tuple[GrowthLine, ...] = ()
    folded: bool = False
    reasons: tuple[tuple[VisitKind, Verdict, str, int], ...] = field(default=())
    """Why visits were judged so, and how many, of those that are still kept one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendLine:
    """One issue beside the others. `opened` and `clicked` are people, as far as can be told."""

    issue_number: int
    title: str
    first_sent: dt.datetime | None
    audience: int
    accepted: int
    delivered: int
    refused: int
    opened: int
    clicked: int
    left: int
    tracked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedLine:
    """What readers pressed in sections of one type, over all issues; of one title, where there is one.

    `issues` is how many issues have such a section with a link in it. `numbers` are as in `VISIT_COLUMNS`;
    `share` is the percentage of those who pressed any link of these issues, None where it is withheld.
    """

    type: str
    title: str
    issues: int
    numbers: tuple[Shown, ...]
    share: Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """All issues: a line for each, how their lists grew, and what sections readers used."""

    lines: tuple[TrendLine, ...]
    growth: tuple[GrowthLine, ...]
    used_types: tuple[UsedLine, ...]
    used_titles: tuple[UsedLine, ...]
