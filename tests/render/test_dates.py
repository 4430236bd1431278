from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from trax_mailer.model.values import DateRange
from trax_mailer.render.dates import date_view, direction_of, locale_of

GENEVA = ZoneInfo("Europe/Zurich")


def view(value, language="en"):
    return date_view(value, locale=locale_of(language), timezone=GENEVA)


@pytest.mark.parametrize(
    ("start", "end", "language", "long"),
    [
        ("2015-12-15", "2015-12-17", "en", "15–17 December 2015"),
        ("2015-11-30", "2015-12-02", "en", "30 November – 2 December 2015"),
        ("2015-12-30", "2016-01-02", "en", "30 December 2015 – 2 January 2016"),
        ("2015-12-15", "2015-12-15", "en", "15 December 2015"),
        ("2015-12-15", "2015-12-17", "fr", "15–17 décembre 2015"),
        ("2015-12-15", "2015-12-17", "es", "15–17 de diciembre de 2015"),
        ("2015-11-30", "2015-12-02", "es", "30 de noviembre – 2 de diciembre de 2015"),
        ("2015-12-15", "2015-12-17", "de", "15–17. Dezember 2015"),
        ("2015-12-15", "2015-12-17", "zh", "2015年12月15–17日"),
    ],
)
def test_a_range_says_once_what_both_days_share(start, end, language, long):
    days = DateRange(dt.date.fromisoformat(start), dt.date.fromisoformat(end))
    assert view(days, language).long == long


def test_a_day_is_written_in_the_language_of_the_issue():
    day = dt.date(2015, 12, 31)
    assert (view(day).long, view(day).short, view(day).iso) == (
        "31 December 2015",
        "31 Dec 2015",
        "2015-12-31",
    )
    assert (view(day).weekday, view(day, "fr").weekday) == ("Thursday", "jeudi")
    assert str(view(day, "fr")) == "31 décembre 2015"


def test_a_moment_is_told_in_the_newsletters_time_zone():
    moment = dt.datetime(2015, 12, 31, 23, 30, tzinfo=dt.UTC)
    assert view(moment).long == "1 January 2016, 00:30"
    assert view(moment).iso == "2016-01-01T00:30:00+01:00"


def test_a_time_is_written_with_24_hours():
    assert view(dt.time(15, 5)).long == "15:05"


def test_direction_and_locale_follow_the_language():
    assert [direction_of(tag) for tag in ("en", "fr-CH", "ar", "he", "nobody-knows")] == [
        "ltr",
        "ltr",
        "rtl",
        "rtl",
        "ltr",
    ]
