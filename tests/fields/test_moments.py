import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.fields import Field, Kind, read_fields
from trax_mailer.model.values import DateRange
from trax_mailer.yamltree import read_tree


@pytest.mark.parametrize("form", ["2015-12-31", '"2015-12-31"', "2016-2-29"])
def test_date_is_read_when_it_exists(read, form):
    value, findings = read(form, Kind.DATE)

    assert isinstance(value, dt.date)
    assert findings == ()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("2015-02-30", "February 2015 has 28 days"),
        ("2015-02-29", "February 2015 has 28 days"),
        ("2016-02-30", "February 2016 has 29 days"),
        ("2015-11-31", "November 2015 has 30 days"),
        ("2015-13-01", "there is no month 13"),
        ("2015-00-01", "there is no month 0"),
        ("2015-01-00", "asks for day 0"),
        ("0000-01-01", "there is no year 0"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.DATE, Kind.DATE_RANGE])
def test_date_is_refused_with_the_reason_when_it_does_not_exist(read, kind, words, message):
    value, (finding,) = read(words, kind)

    assert value is None
    assert message in finding.message


@pytest.mark.parametrize(
    "words", ["31.12.2015", "31 December 2015", "December 31, 2015", "2015/12/31", "20151231", "31 Dec 2015"]
)
def test_date_is_rewritten_when_it_is_in_another_form(read, words):
    value, (finding,) = read(f'"{words}"', Kind.DATE)

    assert value is None
    assert "Did you mean “2015-12-31”?" in finding.advice


@pytest.mark.parametrize("words", ["tomorrow", "31/12/15", "2015-12", "2015-12-31 10:00", "２０１５-12-31"])
def test_date_shows_its_form_when_it_is_no_date(read, words):
    assert "year-month-day: 2015-12-31" in read(words, Kind.DATE)[1][0].advice


@pytest.mark.parametrize(
    ("words", "time"), [("10:30", dt.time(10, 30)), ("9:05", dt.time(9, 5)), ("00:00", dt.time(0))]
)
def test_time_is_read_when_it_exists(read, words, time):
    assert read(words, Kind.TIME) == (time, ())


@pytest.mark.parametrize("words", ["24:00", "10:60", "10", "10.30", "10:30:00", "ten"])
def test_time_is_refused_when_it_is_none(read, words):
    value, (finding,) = read(words, Kind.TIME)

    assert value is None
    assert "10:30" in finding.advice or "23:59" in finding.advice


@pytest.mark.parametrize(
    "form",
    [
        "2015-12-15 to 2015-12-17",
        "2015-12-15 – 2015-12-17",
        "2015-12-15/2015-12-17",
        "{from: 2015-12-15, to: 2015-12-17}",
    ],
)
def test_range_is_read_when_it_is_written_in_any_form(read, form):
    assert read(form, Kind.DATE_RANGE) == (DateRange(dt.date(2015, 12, 15), dt.date(2015, 12, 17)), ())


def test_range_is_one_day_when_one_date_stands_there(read):
    day = dt.date(2015, 12, 15)

    assert read("2015-12-15", Kind.DATE_RANGE) == (DateRange(day, day), ())


@pytest.mark.parametrize("form", ["2015-12-17 to 2015-12-15", "{from: 2015-12-17, to: 2015-12-15}"])
def test_range_is_refused_when_it_ends_before_it_begins(read, form):
    value, (finding,) = read(form, Kind.DATE_RANGE)

    assert value is None
    assert "ends (2015-12-15) before it begins (2015-12-17)" in finding.message


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("15-17 December 2015", "a date or a range of dates"),
        ("{from: 2015-12-15}", "“to” is missing"),
        ("{from: 2015-12-15, until: 2015-12-17}", "“until” is no field"),
        ("{from: 2015-12-15, to: 2015-12-32}", "December 2015 has 31 days"),
        ("[2015-12-15, 2015-12-17]", "a list stands here"),
        ("2015-12-15 to 2015-12-32", "December 2015 has 31 days"),
    ],
)
def test_range_is_refused_when_half_of_it_is_wrong(read, form, message):
    value, findings = read(form, Kind.DATE_RANGE)

    assert value is None
    assert message in " ".join(finding.message for finding in findings)


def moment(words, zone="Europe/Zurich"):
    tree = read_tree(f"at: {words}\n".encode(), file="f")
    reading = read_fields(tree.root, (Field(name="at", kind=Kind.DATETIME),), timezone=ZoneInfo(zone))
    return reading.group["at"], reading.findings


@pytest.mark.parametrize(
    "words",
    [
        "2015-12-15 10:30",
        "2015-12-15T10:30",
        "2015-12-15 10:30+01:00",
        "2015-12-15 09:30Z",
        "2015-12-15 04:30 -05:00",
    ],
)
def test_moment_is_in_utc_when_written_here_or_with_an_offset(words):
    assert moment(words) == (dt.datetime(2015, 12, 15, 9, 30, tzinfo=dt.UTC), ())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("2015-03-29 02:30", "does not exist: in Europe/Zurich the clocks jump"),
        ("2015-12-15", "takes a date and a time"),
        ("2015-12-15 25:00", "no time of day"),
        ("2015-02-30 10:00", "February 2015 has 28 days"),
        ("2015-12-15 10:00+99:00", "no such offset"),
        ("0001-01-01 00:30", "out of the calendar"),
        ("9999-12-31 23:30-10:00", "no such offset"),
    ],
)
def test_moment_is_refused_with_the_reason_when_it_does_not_exist(words, message):
    value, (finding,) = moment(words)

    assert value is None
    assert message in finding.message


@given(st.text(st.sampled_from("0123456789-:.T Z+to/–"), max_size=30))
def test_reading_moments_never_fails_when_digits_are_jumbled(words):
    fields = tuple(
        Field(name=kind.value, kind=kind) for kind in (Kind.DATE, Kind.TIME, Kind.DATETIME, Kind.DATE_RANGE)
    )
    text = "".join(f'{field.name}: "{words}"\n' for field in fields)
    tree = read_tree(text.encode(), file="f")

    reading = read_fields(tree.root, fields, timezone=ZoneInfo("Europe/Zurich"))

    if words.strip():
        assert len(reading.findings) == sum(reading.group[field.name] is None for field in fields)
