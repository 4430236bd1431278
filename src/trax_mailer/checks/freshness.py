"""Dates that are past: deadlines nobody can keep any more, events that are over, an old issue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from trax_mailer.checks.subject import Spot, Subject
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.values import DateRange

_OLD = dt.timedelta(days=60)
_FAR = dt.timedelta(days=366)
_WORDS = {"deadline": "The deadline", "event": "The event"}


def check_freshness(subject: Subject) -> Iterator[Finding]:
    """Fields with the role `deadline` or `event`, against the issue's date and against today.

    An issue dated long ago is said to be old, once, and not held against today.
    """
    dated, today = subject.issue.date, subject.today
    old = today - dated > _OLD
    if old or dated - today > _FAR:
        yield subject.finding(
            "freshness",
            Severity.WARNING,
            f"The issue is dated {_said(dated)}; today is {_said(today)}.",
            place=subject.issue.places.get("date"),
            advice="Correct “date:”, unless you mean to send an old issue again."
            if old
            else "Correct the year.",
        )
    for spot in subject.spots:
        role = _role(subject, spot)
        last = _last_day(subject, spot)
        if role not in _WORDS or last is None:
            continue
        if last < dated:
            when = f"before the issue's date, {_said(dated)}"
        elif last < today and not old:
            when = f"past: today is {_said(today)}"
        else:
            continue
        yield subject.finding(
            "freshness",
            Severity.WARNING,
            f"{_WORDS[role]}, {_said(last)}, is {when}.",
            place=spot.place,
            advice="Correct the date, or take the section out.",
        )


def _role(subject: Subject, spot: Spot) -> str:
    """The role of the field a value stands in; a list's items have their declaration's."""
    declared = subject.types.get(subject.issue.sections[spot.section].type)
    fields = declared.fields if declared else ()
    role = ""
    for step in spot.path.split("."):
        if step.isdigit():
            continue
        field = next((one for one in fields if one.name == step), None)
        while field is not None and field.of is not None:
            role, field = field.role, field.of
        if field is None:
            return ""
        role, fields = field.role or role, field.fields
    return role


def _last_day(subject: Subject, spot: Spot) -> dt.date | None:
    match spot.value:
        case DateRange(end=end):
            return end
        case dt.datetime():
            return spot.value.astimezone(subject.settings.timezone).date()
        case dt.date():
            return spot.value
        case _:
            return None


def _said(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"
