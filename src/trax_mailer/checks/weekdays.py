"""Weekdays that disagree with their date, and days that no calendar has, in running text."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from trax_mailer.checks.subject import Subject
from trax_mailer.model.finding import Finding, Place, Severity
from trax_mailer.model.values import Link, Markdown, Text

_ORDINAL = r"(?:st|nd|rd|th|er|re|º|ª|°|\.)?"
_OF = r"(?:\s+(?:of|de|du|del|d['’]))?"


@dataclass(frozen=True, slots=True)
class _Calendar:
    """How dates are written in a language, and in English."""

    weekdays: dict[str, int]
    months: dict[str, int]
    patterns: tuple[re.Pattern[str], ...]


def check_weekdays(subject: Subject) -> Iterator[Finding]:
    """Dates in the words of an issue: "Thursday 31st December 2015", "Monday, March 2"."""
    calendar = _calendar_of(subject.issue.language)
    for name, words in (("title", subject.issue.title), ("preheader", subject.issue.preheader)):
        yield from _findings(subject, calendar, words, subject.issue.places.get(name))
    for spot in subject.spots:
        match spot.value:
            case Text(words) | Markdown(words) | Link(label=words):
                yield from _findings(subject, calendar, words, spot.place)


def _findings(subject: Subject, calendar: _Calendar, words: str, place: Place | None) -> Iterator[Finding]:
    seen: set[tuple[int, int]] = set()
    for pattern in calendar.patterns:
        for match in pattern.finditer(words):
            if any(start < match.end() and match.start() < end for start, end in seen):
                continue
            seen.add(match.span())
            message = _disagreement(match, calendar, near=subject.issue.date)
            if message:
                yield subject.finding(
                    "weekdays",
                    Severity.WARNING,
                    message,
                    place=place,
                    written=match.group(),
                    advice="Correct the day or the date.",
                )


def _disagreement(match: re.Match[str], calendar: _Calendar, *, near: dt.date) -> str:
    written = " ".join(match.group().split())
    day, month = int(match["day"]), calendar.months[match["month"].casefold().rstrip(".")]
    year = int(match["year"]) if match["year"] else None
    try:
        date = dt.date(year, month, day) if year else _nearest(month, day, near)
    except ValueError:
        return f"“{written}”: there is no such day."
    said = match.groupdict().get("weekday")
    if said is None or calendar.weekdays[said.casefold().rstrip(".")] == date.weekday():
        return ""
    return f"“{written}”: {date.day} {date:%B %Y} is a {date:%A}."


def _nearest(month: int, day: int, near: dt.date) -> dt.date:
    """The date of that day nearest to `near`. Raises ValueError where no year has it."""
    found: list[dt.date] = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            found.append(dt.date(year, month, day))
        except ValueError:
            continue
    if not found:
        dt.date(2000, month, day)
        raise ValueError("no such day in these years")
    return min(found, key=lambda date: abs(date - near))


@lru_cache(maxsize=16)
def _calendar_of(language: str) -> _Calendar:
    locales = [Locale.parse("en")]
    with contextlib.suppress(UnknownLocaleError, ValueError):
        locales.append(Locale.parse(language.replace("-", "_")))
    weekdays = {name: day for locale in locales for day, name in _names(locale.days)}
    months = {name: month for locale in locales for month, name in _names(locale.months)}
    return _Calendar(weekdays, months, _patterns(weekdays, months))


def _names(contexts: object) -> Iterator[tuple[int, str]]:
    """Wide and abbreviated names. Single letters mean too many things."""
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in contexts[context][width].items():  # type: ignore[index]
                plain = str(name).casefold().rstrip(".")
                if len(plain) > 1:
                    yield number, plain


def _patterns(weekdays: dict[str, int], months: dict[str, int]) -> tuple[re.Pattern[str], ...]:
    weekday = rf"(?P<weekday>{_any_of(weekdays)})\.?"
    month = rf"(?P<month>{_any_of(months)})\b\.?"
    day = rf"(?P<day>\d{{1,2}}){_ORDINAL}"
    year = rf"(?:,?{_OF}\s+(?P<year>(?:19|20)\d\d)\b)?"
    needed_year = rf"(?:,?{_OF}\s+(?P<year>(?:19|20)\d\d)\b)"
    forms = (
        rf"\b{weekday},?(?:\s+(?:the|le|el))?\s+{day}{_OF}\s+{month}{year}",
        rf"\b{weekday},?\s+{month}\s+{day}\b{year}",
        rf"\b{day}{_OF}\s+{month}{year}\s*\({weekday}\)",
        rf"\b{day}{_OF}\s+{month}{needed_year}",
    )
    return tuple(re.compile(form, re.IGNORECASE) for form in forms)


def _any_of(names: dict[str, int]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
