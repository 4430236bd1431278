"""The numbers of a report agree with each other, with the proof and with what was put in."""

import datetime as dt
from collections import Counter

import pytest
from sqlalchemy import func, select

from reports.made import START, Made
from trax_mailer.model.act import ActKind
from trax_mailer.model.report import SMALLEST, Tally
from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.reports.counting import count_report, count_trend
from trax_mailer.reports.using import Section
from trax_mailer.reports.visiting import (
    tally_groups,
    tally_kinds,
    tally_languages,
    tally_links,
    tally_sections,
)
from trax_mailer.storage import schema
from trax_mailer.storage.mailings import load_mailing, load_mailings
from trax_mailer.storage.proofs import count_proof
from trax_mailer.storage.report_editions import count_editions
from trax_mailer.storage.report_numbers import REFUSED, count_accepted
from trax_mailer.storage.report_visits import load_visits
from trax_mailer.storage.visits import fold_hour

DAY = dt.timedelta(days=1)


def report_on(ledger, *ids):
    with ledger.read() as connection:
        return count_report(connection, [load_mailing(connection, one) for one in ids])


def links_of(ledger, mailing_id):
    with ledger.read() as connection:
        return tally_links(load_visits(connection, mailing_id))


def assert_agrees(ledger, report, ids):
    accepted = report.proof.accepted
    assert report.proof.holds
    assert sum(report.outcomes.values()) == accepted
    assert sum(hour.accepted for hour in report.hours) == accepted
    assert sum(one.count for one in report.bounces) == sum(report.outcomes.get(one, 0) for one in REFUSED)
    clicks, opens = report.visits[VisitKind.CLICK], report.visits[VisitKind.OPEN]
    assert sum(hour.clicks for hour in report.hours) == clicks.human
    assert sum(hour.opens for hour in report.hours) == opens.human
    assert sum(hour.others for hour in report.hours) == sum(
        one.machine + one.unsure for one in (clicks, opens)
    )
    for one in (clicks, opens):
        assert one.people <= one.copies <= one.visits
        assert one.people <= one.human
    for lines in (report.providers, report.sections, *report.languages.values()):
        withheld = [line for line in lines if None in line.numbers]
        assert len(withheld) != 1 or len(lines) == 1
    with ledger.read() as connection:
        for one in ids:
            assert sum(count_accepted(connection, one).values()) == count_proof(connection, one).accepted
            visits = load_visits(connection, one)
            whole = tally_kinds(visits)
            by_language = tally_languages(visits)
            assert {key[0]: tally for key, tally in by_language.items()} == whole
            for split in (
                tally_sections(visits, {1: None, 2: 0, 3: 0, 4: 1, 5: 2}),
                tally_links(visits),
            ):
                assert sum(tally.visits for tally in split.values()) == whole[VisitKind.CLICK].visits
                assert sum(tally.human for tally in split.values()) == whole[VisitKind.CLICK].human


@pytest.mark.parametrize("seed", range(3))
def test_numbers_agree_with_each_other_and_the_proof_when_mailings_are_made_up(ledger, seed):
    made = Made(ledger, seed)
    ids = [made.mailing(language=one, list_name=one, start=START + DAY) for one in ("en", "fr")]
    report = report_on(ledger, *ids)
    assert_agrees(ledger, report, ids)
    told = sum(line.tally.visits for line in report.links if line.tally)
    assert 0 < told <= report.visits[VisitKind.CLICK].visits
    assert {line.name for line in report.providers} >= {"Gmail", "Outlook", "other"}


def naive(rows):
    """A tally, counted from the rows one by one."""
    makers = {(row.pseudonym, row.subscriber_id) for row in rows}
    people = {(row.pseudonym, row.subscriber_id) for row in rows if row.verdict is Verdict.HUMAN}
    verdicts = Counter(row.verdict.value for row in rows)
    return Tally(**verdicts, people=len(people), copies=len(makers))


def test_tallies_are_those_of_the_rows_when_counted_one_by_one(ledger, made):
    made.mailing(start=START - DAY, issue=57)
    mailing = made.mailing(readers=30, visits=1500, language="de", pressed=range(80))
    with ledger.read() as connection:
        rows = connection.execute(select(schema.visit).where(schema.visit.c.mailing_id == mailing)).all()
        visits = load_visits(connection, mailing)
    clicks = [row for row in rows if row.kind is VisitKind.CLICK]
    for kind, tally in tally_kinds(visits).items():
        assert tally == naive([row for row in rows if row.kind is kind])
    for link, tally in tally_links(visits).items():
        assert tally == naive([row for row in clicks if row.link == link])
    assert tally_groups(visits, {2: "odd", 3: "odd", 4: "even"}) == {
        "odd": naive([row for row in clicks if row.link in {2, 3}]),
        "even": naive([row for row in clicks if row.link == 4]),
    }


def test_counts_stay_when_pseudonyms_are_deleted(ledger, made):
    mailing = made.mailing()
    before, links = report_on(ledger, mailing), links_of(ledger, mailing)
    with ledger.write() as connection:
        for hour in range(30):
            fold_hour(connection, START.replace(minute=0) + dt.timedelta(hours=hour))
    after = report_on(ledger, mailing)
    assert after.folded
    assert not before.folded
    with ledger.read() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.visit)) > 0
    assert after.hours == before.hours
    for kind in VisitKind:
        for name in ("human", "machine", "unsure"):
            assert getattr(after.visits[kind], name) == getattr(before.visits[kind], name)
        assert after.visits[kind].people >= before.visits[kind].people
    assert {number: one.visits for number, one in links_of(ledger, mailing).items()} == {
        number: one.visits for number, one in links.items()
    }


def test_leavers_count_for_the_last_mailing_before_when_there_are_two(ledger, made):
    first = made.mailing(start=START, issue=57)
    second = made.mailing(start=START + 10 * DAY)
    early, press, staff, late = made.accepted(first)[:4]
    made.leave("main", early, at=START + DAY)
    made.leave("main", press, at=START + 2 * DAY, kind=ActKind.ONE_CLICK)
    made.leave("main", staff, at=START + 2 * DAY, kind=ActKind.STAFF)
    made.leave("main", late, at=START + 11 * DAY)
    made.leave("main", made.accepted(second)[0], at=START + 12 * DAY)
    assert [count for _, count in report_on(ledger, first).left] == [2]
    assert [count for _, count in report_on(ledger, second).left] == [1]


def test_growth_ends_at_who_is_subscribed_when_readers_came_and_left(ledger, made):
    mailing = made.mailing(readers=50)
    for one in made.accepted(mailing)[:7]:
        made.leave("main", one, at=START + DAY)
    growth = report_on(ledger, mailing).growth
    assert growth[-1].size == 43
    assert growth[-1].month == "2026-03"
    assert growth[-1].left == 7
    assert sum(line.joined for line in growth) == 50


def test_no_small_number_of_people_shows_when_groups_are_small(ledger, made):
    ids = [made.mailing(readers=9), made.mailing(readers=80, language="fr", list_name="fr", visits=6)]
    report = report_on(ledger, *ids)
    for line in report.providers:
        assert all(one is None or one == 0 or one >= SMALLEST for one in line.numbers)
    for lines in (report.sections, *report.languages.values()):
        for people, copies in ((line.numbers[3], line.numbers[4]) for line in lines):
            assert people is None or people == 0 or people >= SMALLEST
            assert copies is None or copies == 0 or copies >= SMALLEST


def test_every_issue_has_a_line_when_the_trend_is_asked_for(ledger, made):
    made.mailing(issue=57)
    both = [made.mailing(issue=58), made.mailing(issue=58, list_name="fr", language="fr")]
    with ledger.read() as connection:
        trend = count_trend(connection, load_mailings(connection))
        proofs = [count_proof(connection, one) for one in both]
    assert [line.issue_number for line in trend.lines] == [57, 58]
    assert trend.lines[1].accepted == sum(one.accepted for one in proofs)
    assert trend.lines[1].clicked > 0
    assert {line.list_name for line in trend.growth} == {"main", "fr"}


def test_variants_count_apart_when_readers_chose_topics(ledger, made):
    whole, split = made.mailing(), made.mailing(list_name="chosen", readers=60)
    shares = {"": 0.5, "!": 0.7, "jobs,news": 1.0}
    made.variants(split, shares)
    with ledger.read() as connection:
        counts = count_editions(connection, [whole, split])
    (edition_hash,) = {one for one, _ in counts}
    readers = made.accepted(split)
    chosen = len(readers) - int(len(readers) * 0.7)
    assert counts[edition_hash, "jobs,news"] == chosen > 0
    assert counts[edition_hash, ""] == len(made.accepted(whole)) + len(readers) - chosen


def test_sections_add_up_over_the_issues_when_readers_used_them(ledger, made):
    issues = {number: made.mailing(issue=number, visits=1500) for number in (57, 58)}
    issues |= {59: made.mailing(issue=59, visits=0)}
    names = {
        57: {0: Section("news", "Geneva"), 1: Section("news", "Mongolia"), 2: Section("jobs", "")},
        58: {0: Section("jobs", ""), 1: Section("news", "Geneva")},
        59: {0: Section("jobs", ""), 1: Section("video", "Watch"), 2: Section("video", "Listen")},
    }
    with ledger.read() as connection:
        trend = count_trend(connection, load_mailings(connection), names_of=names.__getitem__)
        read = {number: load_visits(connection, one) for number, one in issues.items()}
    types = {line.type: line for line in trend.used_types}
    titles = {(line.type, line.title): line for line in trend.used_titles}
    assert {name: line.issues for name, line in types.items()} == {
        "around the sections": 3,
        "news": 2,
        "jobs": 3,
        "video": 1,
        "not known any more": 1,
    }
    by_link = {number: tally_links(visits) for number, visits in read.items()}
    news = [by_link[57][2], by_link[57][3], by_link[57][4], by_link[58][4]]
    assert types["news"].numbers[0] == sum(one.human for one in news)
    assert types["news"].numbers[3] == sum(
        one.people for one in (*tally_groups(read[57], dict.fromkeys((2, 3, 4), 1)).values(), by_link[58][4])
    )
    clicked = sum(tally_kinds(read[number])[VisitKind.CLICK].people for number in (57, 58))
    assert types["news"].share == round(100 * types["news"].numbers[3] / clicked)
    assert titles["news", "Geneva"].issues == 2
    assert (
        sum(line.numbers[0] for name, line in titles.items() if name[0] == "news") == types["news"].numbers[0]
    )
    assert not any(name == "jobs" for name, _ in titles)


def test_no_section_shows_few_people_when_few_used_it(ledger, made):
    made.mailing(issue=57, pressed=[2] * 300 + [4, 5])
    names = {0: Section("news", "One"), 1: Section("jobs", "Two"), 2: Section("jobs", "Three")}
    with ledger.read() as connection:
        trend = count_trend(connection, load_mailings(connection), names_of=lambda _: names)
    for line in (*trend.used_types, *trend.used_titles):
        people, copies = line.numbers[3:]
        assert people is None or people == 0 or people >= SMALLEST
        assert copies is None or copies == 0 or copies >= SMALLEST
    hidden = [line for line in trend.used_titles if line.type == "jobs"]
    assert [line.share for line in hidden] == [None, None]
