import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from trax_mailer.errors import BadOption, Refused
from trax_mailer.workflows.sending_time import in_both, parse_moment

ZURICH = ZoneInfo("Europe/Zurich")
NOW = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)  # 10:30 in Zurich


def parse(words, *, now=NOW, zone=ZURICH):
    return parse_moment(words, zone=zone, now=now)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("2026-12-01 09:00", "2026-12-01T08:00"),
        ("2026-07-01 9:00", "2026-07-01T07:00"),
        ("2026-12-01T09:00:00", "2026-12-01T08:00"),
        ("2026-12-01T09:00+05:30", "2026-12-01T03:30"),
        ("2026-12-01 09:00 -03:00", "2026-12-01T12:00"),
        ("2026-12-01T09:00Z", "2026-12-01T09:00"),
        ("2026-12-01 09:00 America/New_York", "2026-12-01T14:00"),
        ("tomorrow 9:00", "2026-03-04T08:00"),
        ("today 11:00", "2026-03-03T10:00"),
        ("11:00", "2026-03-03T10:00"),
        ("10:30", "2026-03-04T09:30"),
        ("09:00", "2026-03-04T08:00"),
        (" 2026-12-01  09:00 ", "2026-12-01T08:00"),
        ("Tomorrow 9:00", "2026-03-04T08:00"),
        ("2026-12-01 09:00+0530", "2026-12-01T03:30"),
        ("2026-12-01 09:00 -03", "2026-12-01T12:00"),
        ("2026-12-01T09:00z", "2026-12-01T09:00"),
    ],
)
def test_moment_is_the_one_that_is_meant_when_the_words_name_one(words, meant):
    assert parse(words) == dt.datetime.fromisoformat(f"{meant}+00:00")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("soon", "is no time to send at"),
        ("", "is no time to send at"),
        ("9am", "is no time to send at"),
        ("01.12.2026 09:00", "is no time to send at"),
        ("2026-12-01", "is no time to send at"),
        ("2026-12-01 09:00:30", "is no time to send at"),
        ("2026-12-01 25:00", "no time of day 25:00"),
        ("2026-02-30 09:00", "no day 2026-02-30"),
        ("2026-12-01 09:00 Europe/Zurick", "no time zone “Europe/Zurick”"),
        ("2026-12-01 09:00+25:00", "no offset"),
        ("9999-12-31 23:59 -12:00", "out of the calendar"),
    ],
)
def test_words_are_refused_as_an_option_when_they_are_no_time(words, reason):
    with pytest.raises(BadOption, match=reason):
        parse(words)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("2026-03-03 10:30", "is past: it is Tue 2026-03-03 10:30"),
        ("today 10:00", "is past"),
        ("2028-12-01 09:00", "more than a year ahead"),
    ],
)
def test_time_is_refused_with_the_reason_when_nothing_can_be_sent_at_it(words, reason):
    with pytest.raises(Refused, match=reason):
        parse(words)


def test_time_is_refused_when_the_clocks_jump_over_it():
    with pytest.raises(Refused, match="2026-03-29 02:30 does not exist in Europe/Zurich"):
        parse("2026-03-29 02:30")


def test_time_is_refused_with_both_ways_to_say_it_when_the_clocks_show_it_twice():
    with pytest.raises(Refused, match="comes twice in Europe/Zurich") as refused:
        parse("2026-10-25 02:30")
    first, second = (parse(words) for words in refused.value.advice.split("“")[1:] for words in [words[:22]])
    assert second - first == dt.timedelta(hours=1)


def test_time_is_told_in_both_zones_when_they_differ():
    moment = dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)
    assert in_both(moment, ZURICH) == "Tue 2026-12-01 09:00 (Europe/Zurich), which is 2026-12-01 08:00 UTC"
    assert in_both(moment, ZoneInfo("UTC")) == "Tue 2026-12-01 08:00 (UTC)"
