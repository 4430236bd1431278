"""The condition of when a reader subscribed: before, since, after or on a day."""

from __future__ import annotations

import datetime as dt
import re

from trax_mailer.model.segments.rule import AllOf, Not, Rule, Since
from trax_mailer.model.segments.stream import Stream, Unclear

_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_WORDS = ("before", "since", "after", "on")
_ADVICE = "Write: subscribed before 2025-01-01, since, after or on."
_YEARS = range(1900, 2200)


def read_since(stream: Stream) -> Rule:
    """The condition that begins with “subscribed” here. Raises `Unclear`."""
    subscribed = stream.take()
    token = stream.here
    if token is None or token.word not in _WORDS:
        raise Unclear(token or subscribed, "“subscribed” needs before, since, after or on.", _ADVICE)
    word = stream.take().word
    day = stream.here
    if day is None or stream.ends_condition():
        raise Unclear(day or stream.before, f"“subscribed {word}” needs a day.", _ADVICE)
    start, end = _span(stream)
    stream.take()
    if not stream.ends_condition():
        raise Unclear(stream.here, "A day stands before this, and nothing more belongs to it.", _ADVICE)
    match word:
        case "before":
            return Not(Since(start))
        case "since":
            return Since(start)
        case "after":
            return Since(end)
        case _:
            return AllOf((Since(start), Not(Since(end))))


def _span(stream: Stream) -> tuple[dt.datetime, dt.datetime]:
    """When the day begins and ends; a moment does both at once."""
    token = stream.here
    written = token.text if token else ""
    try:
        if _MOMENT.fullmatch(written):
            moment = dt.datetime.fromisoformat(written).astimezone(dt.UTC)
            return moment, moment
        match = _DAY.fullmatch(written)
        year, month, date = (int(part) for part in match.groups()) if match else (0, 0, 0)
        day = dt.date(year, month, date)
        if year in _YEARS:
            return _midnight(day, stream.zone), _midnight(day + dt.timedelta(days=1), stream.zone)
    except ValueError:
        pass
    raise Unclear(token, f"“{written[:40]}” is no day.", _ADVICE) from None


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
