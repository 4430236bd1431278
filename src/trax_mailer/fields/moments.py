"""Words into dates and times. Each parser raises `Wrong`."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from zoneinfo import ZoneInfo

from trax_mailer.fields.collecting import Wrong, shortened
from trax_mailer.fields.field import Field
from trax_mailer.model.values import DateRange

_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DATETIME = re.compile(
    r"(?P<date>[0-9-]+)(?:[T ]| +)(?P<time>[0-9:]+)\s*(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)
_RANGE = re.compile(r"(?P<start>[0-9-]+)\s*(?:to|–|—|/|\.\.)\s*(?P<end>[0-9-]+)")


def parse_date(words: str, _field: Field) -> dt.date:
    """A day of the Gregorian calendar, as 2015-12-31."""
    match = _DATE.fullmatch(words)
    if match is None:
        raise Wrong(f"takes a date, not “{shortened(words)}”.", advice=_rewritten(words))
    year, month, day = (int(digits) for digits in match.groups())
    if not 1 <= month <= 12:
        raise Wrong(
            f"is no date: there is no month {month} in “{words}”.", advice="Write year-month-day: 2015-12-31."
        )
    if year < 1:
        raise Wrong(f"is no date: there is no year {year}.", advice="Write year-month-day: 2015-12-31.")
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        name = calendar.month_name[month]
        raise Wrong(f"is no date: {name} {year} has {last} days, and “{words}” asks for day {day}.")
    return dt.date(year, month, day)


def parse_time(words: str, _field: Field) -> dt.time:
    """A time of day, as 10:30; its zone is that of the place it speaks of."""
    match = _TIME.fullmatch(words)
    if match is None:
        raise Wrong(
            f"takes a time, not “{shortened(words)}”.", advice="Write hours and minutes: 10:30 or 17:00."
        )
    hour, minute = int(match[1]), int(match[2])
    if hour > 23 or minute > 59:
        raise Wrong(f"is no time of day: “{words}”.", advice="Write 00:00 to 23:59.")
    return dt.time(hour, minute)


def parse_datetime(words: str, field: Field, timezone: ZoneInfo) -> dt.datetime:
    """A moment in UTC; without an offset it is meant in `timezone`."""
    match = _DATETIME.fullmatch(words)
    if match is None:
        raise Wrong(f"takes a date and a time, not “{shortened(words)}”.", advice="Write 2015-12-31 17:00.")
    day, time = parse_date(match["date"], field), parse_time(match["time"], field)
    if match["offset"]:
        offset = "+00:00" if match["offset"] == "Z" else match["offset"]
        try:
            written = dt.datetime.fromisoformat(f"{day.isoformat()}T{time.isoformat()}{offset}")
            return written.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise Wrong(
                f"has no such offset from UTC: {match['offset']}.", advice="Write +01:00 or Z."
            ) from None
    try:
        local = dt.datetime.combine(day, time, tzinfo=timezone)
        moment = local.astimezone(dt.UTC)
        exists = moment.astimezone(timezone).replace(tzinfo=None) == local.replace(tzinfo=None)
    except OverflowError:
        raise Wrong(f"is out of the calendar: “{words}”.") from None
    if not exists:
        raise Wrong(
            f"does not exist: in {timezone.key} the clocks jump over {words} to summer time.",
            advice="Check the time.",
        )
    return moment


def parse_date_range(words: str, field: Field) -> DateRange:
    """Whole days: one date, or two with “to” between them."""
    match = _RANGE.fullmatch(words)
    if match is None:
        try:
            day = parse_date(words, field)
        except Wrong as problem:
            if _DATE.fullmatch(words):
                raise
            raise Wrong(
                f"takes a date or a range of dates, not “{shortened(words)}”.",
                advice=problem.advice + " For several days: 2015-12-15 to 2015-12-17.",
            ) from None
        return DateRange(day, day)
    return make_range(parse_date(match["start"], field), parse_date(match["end"], field))


def make_range(start: dt.date, end: dt.date) -> DateRange:
    """The days from start to end. Raises `Wrong` when they stand the wrong way round."""
    if end < start:
        raise Wrong(f"ends ({end}) before it begins ({start}).", advice="Give the first day first.")
    return DateRange(start, end)


def _rewritten(words: str) -> str:
    """How to write a date that is recognisable in another form."""
    form = "Write year-month-day: 2015-12-31."
    for pattern in ("%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%Y/%m/%d", "%Y%m%d"):
        try:
            meant = dt.datetime.strptime(words[:40], pattern).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
        return f"Did you mean “{meant}”? {form}"
    return form
