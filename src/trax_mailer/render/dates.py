"""Dates and times as they are written in the issue's language (Unicode CLDR, through Babel)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time

from trax_mailer.model.values import DateRange

_WRITTEN_LIKE = {"en": "en_GB"}
"""Plain English is written for the world: day before month, 24 hours."""
_DAY = re.compile(r"('[^']*')|d+")
"""The day in a CLDR pattern, or quoted words, which are kept."""
_BOTH_DAYS = "'\ufffc'"


@dataclass(frozen=True, slots=True)
class DateView:
    """A date, time or range as templates show it; `iso` is for machines (ISO 8601)."""

    long: str
    short: str
    iso: str
    weekday: str

    def __str__(self) -> str:
        return self.long


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """The locale of a language tag (`en`, `fr-CH`). English rules where the language is unknown."""
    try:
        return Locale.parse(_WRITTEN_LIKE.get(language.lower(), language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def direction_of(language: str) -> str:
    """`ltr` or `rtl`."""
    return str(locale_of(language).text_direction)


def date_view(value: dt.date | dt.time | DateRange, *, locale: Locale, timezone: ZoneInfo) -> DateView:
    """How a value is written. An aware date and time is told in `timezone`."""
    match value:
        case DateRange():
            return _range_view(value, locale)
        case dt.datetime():
            local = value.astimezone(timezone) if value.tzinfo else value
            clock = format_time(local.time(), "short", locale=locale)
            day = _day_view(local.date(), locale)
            return DateView(
                f"{day.long}, {clock}", f"{day.short}, {clock}", local.isoformat(), weekday=day.weekday
            )
        case dt.date():
            return _day_view(value, locale)
        case dt.time():
            clock = format_time(value, "short", locale=locale)
            return DateView(clock, clock, value.isoformat("minutes"), weekday="")


def _day_view(day: dt.date, locale: Locale) -> DateView:
    return DateView(
        long=format_date(day, "long", locale=locale),
        short=format_date(day, "medium", locale=locale),
        iso=day.isoformat(),
        weekday=format_date(day, "EEEE", locale=locale),
    )


def _range_view(days: DateRange, locale: Locale) -> DateView:
    if days.start == days.end:
        return _day_view(days.start, locale)
    return DateView(
        long=_range_words(days, locale, width="long"),
        short=_range_words(days, locale, width="medium"),
        iso=f"{days.start.isoformat()}/{days.end.isoformat()}",
        weekday="",
    )


def _range_words(days: DateRange, locale: Locale, *, width: str) -> str:
    """Say what both days share only once: "15–17 December 2015", "30 November – 2 December 2015"."""
    start, end = days.start, days.end
    pattern = str(locale.date_formats[width])
    days_apart = _DAY.sub(lambda match: match[1] or _BOTH_DAYS, pattern)
    if (start.year, start.month) == (end.year, end.month) and days_apart.count(_BOTH_DAYS) == 1:
        month = format_date(end, days_apart, locale=locale)
        return month.replace(_BOTH_DAYS.strip("'"), f"{start.day}–{end.day}")
    last = format_date(end, pattern, locale=locale)
    if start.year != end.year:
        return f"{format_date(start, pattern, locale=locale)} – {last}"
    skeleton = "MMMMd" if width == "long" else "MMMd"
    return f"{format_skeleton(skeleton, start, locale=locale)} – {last}"
