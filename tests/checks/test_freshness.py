from __future__ import annotations

import datetime as dt

import pytest

from trax_mailer.model.finding import Severity
from trax_mailer.model.values import DateRange, Group

DAY = dt.date


def test_nothing_is_said_when_all_dates_are_to_come(check):
    assert (
        check(
            deadline=DAY(2015, 12, 1),
            events=(Group({"event": DateRange(DAY(2015, 12, 1), DAY(2015, 12, 2))}),),
        )
        == []
    )


@pytest.mark.parametrize(
    ("deadline", "today", "words"),
    [
        (DAY(2015, 11, 30), DAY(2015, 12, 1), "The deadline, 30 November 2015, is before the issue's date"),
        (
            DAY(2015, 12, 3),
            DAY(2015, 12, 4),
            "The deadline, 3 December 2015, is past: today is 4 December 2015",
        ),
        (
            dt.datetime(2015, 12, 3, 12, tzinfo=dt.UTC),
            DAY(2015, 12, 4),
            "The deadline, 3 December 2015, is past",
        ),
    ],
)
def test_a_deadline_is_told_at_its_line_when_it_is_past(deadline, today, words, check):
    (finding,) = check(deadline=deadline, today=today)
    assert words in finding.message
    assert (finding.check, finding.severity) == ("freshness", Severity.WARNING)
    assert (finding.place.line, finding.excerpt) == (10, "deadline: 2015-12-31")


def test_an_event_is_past_when_its_last_day_is(check):
    days = DateRange(DAY(2015, 12, 1), DAY(2015, 12, 3))
    events = (Group({"event": days}),)
    assert check(events=events, today=DAY(2015, 12, 3)) == []
    (finding,) = check(events=events, today=DAY(2015, 12, 4))
    assert "The event, 3 December 2015" in finding.message
    (finding,) = check(days=(DAY(2015, 11, 1), DAY(2015, 12, 9)))
    assert "The event, 1 November 2015" in finding.message


def test_a_date_without_a_role_may_be_past(check):
    assert check(published=DAY(2012, 1, 1)) == []


def test_an_old_issue_is_told_once_and_not_held_against_today(check):
    (finding,) = check(deadline=DAY(2015, 12, 31), today=DAY(2026, 11, 24))
    assert finding.message == "The issue is dated 1 December 2015; today is 24 November 2026."
    assert finding.place.line == 3


def test_a_wrong_year_is_told_when_the_issue_is_far_ahead(check):
    (finding,) = check(date=DAY(2051, 12, 1))
    assert finding.advice == "Correct the year."
