"""Running all checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from trax_mailer.checks.freshness import check_freshness
from trax_mailer.checks.imprint import check_imprint
from trax_mailer.checks.inbox import check_inbox
from trax_mailer.checks.links import check_links
from trax_mailer.checks.merge import check_merge
from trax_mailer.checks.pictures import check_pictures
from trax_mailer.checks.size import check_size
from trax_mailer.checks.subject import Subject
from trax_mailer.checks.weekdays import check_weekdays
from trax_mailer.model.edition import Edition
from trax_mailer.model.finding import Finding, Place
from trax_mailer.model.issue import Issue
from trax_mailer.sections import SectionType
from trax_mailer.settings import Settings

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_imprint,
    check_inbox,
    check_merge,
    check_freshness,
    check_weekdays,
    check_links,
    check_pictures,
    check_size,
)
"""Every check, in the order in which its findings are told where they share a line."""


def run_checks(
    issue: Issue,
    edition: Edition,
    *,
    settings: Settings,
    today: dt.date,
    types: Mapping[str, SectionType],
) -> tuple[Finding, ...]:
    """Everything the checks have to say, in the order of the issue's file, the rest at the end.

    `types` tell which fields are deadlines and events (their `role`).
    """
    subject = Subject(issue=issue, edition=edition, settings=settings, types=types, today=today)
    found = [finding for check in CHECKS for finding in check(subject)]
    nowhere = Place("\U0010ffff", 0, 0)
    return tuple(sorted(found, key=lambda finding: finding.place or nowhere))
