import datetime as dt
import random

import pytest

from trax_mailer.events.verdicts import judge
from trax_mailer.model.visit import Verdict, Visit, VisitKind

AT = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)
MANY = 20


def visit(number=1, *, who=1, link=1, kind=VisitKind.CLICK, after=0, **more):
    values = {"method": "GET", "agent": "browser", "language": "en", "mailing_id": 1} | more
    return Visit(id=number, pseudonym=bytes([who] * 8), link=link, kind=kind, at=AT, after=after, **values)


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
