import dataclasses
import datetime as dt
import random

import pytest

from trax_mailer.events.verdicts import judge
from trax_mailer.model.visit import Verdict, Visit, VisitKind

AT = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)
MANY = 20


def visit(number=1, *, who=1, link=1, kind=VisitKind.CLICK, after=0, minutes=0, **more):
    at = AT + dt.timedelta(minutes=minutes)
    values = {"method": "GET", "agent": "browser", "language": "en", "mailing_id": 1} | more
    return Visit(id=number, pseudonym=bytes([who] * 8), link=link, kind=kind, at=at, after=after, **values)


def verdicts(*visits, links=MANY):
    return {one.id: (one.verdict, one.why) for one in judge(visits, links=links)}


@pytest.mark.parametrize(
    ("made", "expected", "why"),
    [
        (visit(method="HEAD"), Verdict.MACHINE, "head"),
        (visit(hints="prefetch"), Verdict.MACHINE, "ahead"),
        (visit(agent="tool"), Verdict.MACHINE, "known tool"),
        (visit(agent="scanner"), Verdict.MACHINE, "known scanner"),
        (visit(agent="empty"), Verdict.MACHINE, "no name"),
        (visit(link=0), Verdict.MACHINE, "no reader sees"),
        (visit(kind=VisitKind.OPEN, link=0, agent="apple-proxy"), Verdict.MACHINE, "Apple"),
        (visit(kind=VisitKind.OPEN, link=0, agent="gmail-proxy"), Verdict.HUMAN, "Gmail"),
        (visit(kind=VisitKind.OPEN, link=0), Verdict.HUMAN, "pictures"),
        (visit(), Verdict.HUMAN, "one link at a time"),
        (visit(agent="other"), Verdict.UNSURE, "nothing tells"),
    ],
)
def test_visit_is_told_apart_when_it_stands_alone(made, expected, why):
    verdict, said = verdicts(made)[1]
    assert verdict is expected
    assert why in said


def test_links_count_as_a_machine_when_three_are_fetched_in_ten_seconds():
    found = verdicts(*(visit(number, link=number, after=number * 3) for number in (1, 2, 3)))
    assert {verdict for verdict, _ in found.values()} == {Verdict.MACHINE}


def test_links_count_as_a_person_when_they_are_read_one_after_the_other():
    found = verdicts(*(visit(number, link=number, after=number * 40) for number in range(1, 8)))
    assert {verdict for verdict, _ in found.values()} == {Verdict.HUMAN}


def test_person_is_seen_when_a_gateway_swept_the_mail_before():
    sweep = [visit(number, link=number, after=number) for number in range(1, 10)]
    person = visit(99, link=4, after=1800)
    found = verdicts(*sweep, person)
    assert found[99][0] is Verdict.HUMAN
    assert all(found[one.id][0] is Verdict.MACHINE for one in sweep)


def test_person_is_seen_when_they_come_after_the_seconds_are_counted_no_more():
    # Apple's proxy came first, a day ago: each of these has the largest number there is.
    late = [visit(number, link=number, after=3600, minutes=number * 2) for number in range(1, 5)]
    assert {verdict for verdict, _ in verdicts(*late).values()} == {Verdict.HUMAN}
    tabs = [visit(number, link=number, after=3600) for number in range(1, 4)]
    assert {verdict for verdict, _ in verdicts(*tabs).values()} == {Verdict.HUMAN}


def test_late_sweep_is_seen_when_only_minutes_are_known():
    sweep = [visit(number, link=number, after=3600) for number in range(1, 7)]
    assert {verdict for verdict, _ in verdicts(*sweep).values()} == {Verdict.MACHINE}
    hidden = [
        visit(1, link=0, after=3600),
        visit(2, link=5, after=3600, minutes=1),
        visit(3, after=3600, minutes=20),
    ]
    found = verdicts(*hidden)
    assert [found[one][0] for one in (1, 2, 3)] == [Verdict.MACHINE, Verdict.MACHINE, Verdict.HUMAN]


def test_two_links_are_a_machines_when_they_come_in_the_same_second():
    found = verdicts(visit(1, link=1, after=7), visit(2, link=2, after=7), visit(3, link=2, after=9))
    assert [found[one][0] for one in (1, 2, 3)] == [Verdict.MACHINE, Verdict.MACHINE, Verdict.HUMAN]
    twice = verdicts(visit(1, link=1, after=7), visit(2, link=1, after=7))  # pressed twice
    assert {verdict for verdict, _ in twice.values()} == {Verdict.HUMAN}


def test_pictures_are_a_machines_when_it_takes_them_with_the_links():
    opened = visit(9, kind=VisitKind.OPEN, link=0, after=2)
    sweep = [visit(number, link=number, after=number) for number in (1, 2, 3)]
    assert verdicts(opened, *sweep)[9][0] is Verdict.MACHINE
    shown = dataclasses.replace(opened, agent="gmail-proxy")
    later = dataclasses.replace(opened, after=60)
    assert verdicts(shown, *sweep)[9][0] is verdicts(later, *sweep)[9][0] is Verdict.HUMAN


@pytest.mark.parametrize("gave_away", [{"method": "HEAD"}, {"link": 0}])
def test_nobody_is_sure_when_a_program_named_like_a_browser_came_as_well(gave_away):
    program = visit(1, after=0, **gave_away)
    beside = visit(2, link=7, after=600, minutes=10)
    later = visit(3, link=8, after=1800, minutes=30)
    found = verdicts(program, beside, later)
    assert [found[one][0] for one in (1, 2, 3)] == [Verdict.MACHINE, Verdict.UNSURE, Verdict.HUMAN]
    named = dataclasses.replace(program, agent="scanner")
    assert verdicts(named, beside)[2][0] is Verdict.HUMAN


def test_one_pseudonym_says_nothing_of_another_when_both_come_at_once():
    found = verdicts(*(visit(number, who=number, link=number) for number in range(1, 9)))
    assert {verdict for verdict, _ in found.values()} == {Verdict.HUMAN}


def test_slow_sweep_counts_as_a_machine_when_it_takes_most_of_few_links():
    few = [visit(number, link=number, after=number * 14) for number in (1, 2, 3)]
    assert {verdict for verdict, _ in verdicts(*few, links=4).values()} == {Verdict.MACHINE}
    assert {verdict for verdict, _ in verdicts(*few, links=40).values()} == {Verdict.HUMAN}


def test_verdicts_are_the_same_when_visits_come_in_any_order():
    chance = random.Random(58)
    visits = [
        visit(number, who=chance.randrange(4), link=chance.randrange(6), after=chance.randrange(90))
        for number in range(60)
    ]
    expected = verdicts(*visits)
    for _ in range(20):
        chance.shuffle(visits)
        assert verdicts(*visits) == expected
    assert verdicts(*judge(visits, links=MANY)) == expected
