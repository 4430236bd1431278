"""The words of a person for a time to send at, into a moment; and a moment into words."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trax_mailer.errors import BadOption, Refused

_FORM = re.compile(
    r"(?:(?P<day>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|(?i:today|tomorrow))(?:T| +))?"
    r"(?P<time>[0-9]{1,2}:[0-9]{2})(?::00)?"
    r"(?: *(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?|[A-Z][A-Za-z_+/-]+[A-Za-z0-9_+/-]*))?"
)
_ADVICE = (
    "Write it like “2026-12-01 09:00”, “tomorrow 14:30”, or “09:00” for the next nine o'clock; "
    "with a zone of its own like “2026-12-01 09:00 Europe/Paris”."
)
FARTHEST = dt.timedelta(days=366)


def parse_moment(words: str, *, zone: ZoneInfo, now: dt.datetime) -> dt.datetime:
    """The moment that `words` mean, in UTC; without a zone of its own, in `zone`.

    Takes `2026-12-01 09:00`, `2026-12-01T09:00+01:00`, `2026-12-01 09:00 Europe/Paris`, `tomorrow 9:00`, and
    `09:00` for its next occurrence. Raises BadOption for what is no such time; Refused for one that the
    clocks of the zone leave out or show twice (daylight saving), for the past, and for over a year ahead.
    """
    match = _FORM.fullmatch(words.strip())
    if match is None:
        raise BadOption(f"“{words}” is no time to send at.", advice=_ADVICE)
    named = _zone(match["zone"], zone)
    today = now.astimezone(named).date()
    time = _time(match["time"], words)
    if match["day"] is None:
        moment = _in_zone(today, time, named)
        if moment <= now:
            moment = _in_zone(today + dt.timedelta(days=1), time, named)
    else:
        moment = _in_zone(_day(match["day"], today=today, words=words), time, named)
    if moment <= now:
        raise Refused(
            f"{said(moment, zone)} is past: it is {said(now, zone)}.",
            advice="Give a time that is still to come, or leave out --at to send now.",
        )
    if moment > now + FARTHEST:
        raise Refused(f"{said(moment, zone)} is more than a year ahead.", advice="Check the year.")
    return moment


def said(moment: dt.datetime, zone: ZoneInfo) -> str:
    """A moment in words, in that zone: `Tue 2026-12-01 09:00 (Europe/Zurich)`."""
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M} ({zone.key})"


def in_both(moment: dt.datetime, zone: ZoneInfo) -> str:
    """A moment in words, in that zone and in UTC."""
    utc = moment.astimezone(dt.UTC)
    if zone.utcoffset(moment.replace(tzinfo=None)) == dt.timedelta(0) and zone.key in {"UTC", "Etc/UTC"}:
        return said(moment, zone)
    return f"{said(moment, zone)}, which is {utc:%Y-%m-%d %H:%M} UTC"


def _zone(named: str | None, default: ZoneInfo) -> dt.tzinfo:
    if named is None:
        return default
    if named in {"Z", "z"}:
        return dt.UTC
    if named[0] in "+-":
        hours, minutes = int(named[1:3]), int(named[-2:] if len(named) > 3 else 0)
        if hours > 14 or minutes > 59:
            raise BadOption(f"There is no offset {named} from UTC.", advice="Write +01:00, or Z for UTC.")
        offset = dt.timedelta(hours=hours, minutes=minutes)
        return dt.timezone(-offset if named[0] == "-" else offset)
    try:
        return ZoneInfo(named)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadOption(
            f"There is no time zone “{named}”.", advice="Write one like Europe/Zurich, or an offset: +01:00."
        ) from None


def _time(digits: str, words: str) -> dt.time:
    hour, minute = (int(part) for part in digits.split(":"))
    if hour > 23 or minute > 59:
        raise BadOption(f"There is no time of day {digits} in “{words}”.", advice="Write 00:00 to 23:59.")
    return dt.time(hour, minute)


def _day(written: str, *, today: dt.date, words: str) -> dt.date:
    if written.lower() == "today":
        return today
    if written.lower() == "tomorrow":
        return today + dt.timedelta(days=1)
    year, month, day = (int(part) for part in written.split("-"))
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise BadOption(f"There is no day {written} in “{words}”.", advice="Write year-month-day.") from None


def _in_zone(day: dt.date, time: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """The one moment at which the clocks of the zone show that time."""
    try:
        first, second = (
            dt.datetime.combine(day, time.replace(fold=fold), tzinfo=zone).astimezone(dt.UTC)
            for fold in (0, 1)
        )
    except OverflowError:
        raise BadOption(f"{day} is out of the calendar.", advice=_ADVICE) from None
    shown = f"{day} {time:%H:%M}"
    if first == second:
        return first
    if first.astimezone(zone).time() != time:
        raise Refused(
            f"{shown} does not exist in {zone}: the clocks jump over it to summer time.",
            advice="Give another time.",
        )
    offsets = [f"{shown}{moment.astimezone(zone):%z}" for moment in (first, second)]
    one, two = (f"{words[:-2]}:{words[-2:]}" for words in offsets)
    raise Refused(
        f"{shown} comes twice in {zone}: the clocks are set back.",
        advice=f"Say which one is meant: “{one}” or “{two}”.",
    )
