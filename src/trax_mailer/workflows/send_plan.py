"""A send before it begins: what a person asked for, and what would happen, for them to decide on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from trax_mailer.model.edition import Edition
from trax_mailer.model.filling import fill_part
from trax_mailer.model.finding import Finding, has_errors
from trax_mailer.model.issue import Issue
from trax_mailer.model.mailing import AudienceKind, Mailing, in_words
from trax_mailer.workflows.topics import Variants


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """What the person asked for besides issue and list. `transport` is empty for the one of trax.yaml.

    `segment` is the name of a saved segment, empty for the whole list.
    """

    audience: AudienceKind = AudienceKind.EVERYBODY
    at: dt.datetime | None = None
    transport: str = ""
    segment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPlan:
    """What would happen, for a person to decide on.

    `audience` counts the readers who would be mailed, `kept_out` those of the list who are suppressed, and
    `have_it` those who have the issue already, or are to get it through another mailing: they are left out,
    unless `kind` is AGAIN. `unfinished` is an earlier mailing of this issue to this list, which would be
    continued. `replaced` is one which would be cancelled: something changed since, and nobody has got it yet.
    `at` is the time of a scheduled mailing. `doubt` says why nobody should pass this without a second
    thought; empty where there is no such reason. `variants` says who gets what of the edition, and for how
    many more nothing in it is among the topics that they chose. `segment` is whom of the list it is for,
    where that is not everybody, and `segment_rule` what it means, as canonical text.
    """

    issue: Issue
    edition: Edition
    findings: tuple[Finding, ...]
    list_name: str
    transport: str
    simulated: bool
    audience: int
    kept_out: int
    have_it: int
    kind: AudienceKind
    unfinished: Mailing | None
    replaced: Mailing | None
    at: dt.datetime | None
    doubt: str
    variants: Variants = field(default_factory=Variants)
    segment: str = ""
    segment_rule: str = ""

    @property
    def whom(self) -> str:
        """The list in words, and the segment where there is one."""
        return in_words(self.list_name, self.segment)

    @property
    def subject(self) -> str:
        """The subject as inboxes show it, with the writer's default words for the reader's."""
        return fill_part(self.edition.subject, lambda slot: slot.default)

    @property
    def refused(self) -> bool:
        """Whether a real send must not start: an error stands among the findings."""
        return has_errors(self.findings)
