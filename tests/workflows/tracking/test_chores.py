import datetime as dt

import pytest
from sqlalchemy import func, select

from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.storage import schema
from trax_mailer.storage.visit_consents import forget_visits_of
from trax_mailer.storage.visits import fold_hour, oldest_hour
from trax_mailer.workflows.tracking.chores import ConsentWatch, fold_old_visits
from workflows.tracking.visiting import AT, taken

HOUR = dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC)


@pytest.fixture
def visits(house):
    of = {"mailing_id": house.mailing_id, "at": AT}
    house.writer().write(
        taken(
            of,
            of | {"at": AT + 5},
            of | {"mark": b"somebody"},
            of | {"kind": "open", "link": 0},
            of | {"at": AT + 3600},
            of | {"at": AT + 86400 * 40},
        )
    )
    return house


EXPECTED = {
    (VisitKind.CLICK, 1, HOUR, Verdict.UNSURE): (3, 2),
    (VisitKind.OPEN, 0, HOUR, Verdict.UNSURE): (1, 1),
    (VisitKind.CLICK, 1, HOUR + dt.timedelta(hours=1), Verdict.UNSURE): (1, 1),
}


def test_counts_alone_are_left_when_the_days_are_over(visits, ledger):
    now = HOUR + dt.timedelta(days=35)
    assert fold_old_visits(ledger, days=30, now=now) == 5
    assert visits.counts() == EXPECTED
    assert len(visits.rows()) == 1
    assert fold_old_visits(ledger, days=30, now=now) == 0
    assert visits.counts() == EXPECTED


def test_visits_stay_when_their_days_are_not_over(visits, ledger):
    assert fold_old_visits(ledger, days=30, now=HOUR + dt.timedelta(days=30, minutes=59)) == 0
    assert len(visits.rows()) == 6


def test_nothing_is_lost_or_counted_twice_when_it_ends_in_between(visits, ledger):
    class Crash(Exception):
        pass

    for _ in range(2):
        with pytest.raises(Crash), ledger.write() as connection:
            assert fold_hour(connection, oldest_hour(connection)) == 4
            raise Crash
    assert visits.counts() == {}
    assert len(visits.rows()) == 6
    fold_old_visits(ledger, days=30, now=HOUR + dt.timedelta(days=35))
    assert visits.counts() == EXPECTED


def test_counts_are_added_when_an_hour_comes_late(visits, ledger):
    now = HOUR + dt.timedelta(days=35)
    fold_old_visits(ledger, days=30, now=now)
    visits.writer("late").write(taken({"mailing_id": visits.mailing_id, "at": AT, "mark": b"latecome"}))
    fold_old_visits(ledger, days=30, now=now)
    assert visits.counts()[VisitKind.CLICK, 1, HOUR, Verdict.UNSURE] == (4, 3)


def test_readers_are_counted_as_visitors_when_they_are_known(house, ledger):
    reader = house.reader()
    house.consent(reader)
    of = {"mailing_id": house.mailing_id, "at": AT}
    house.writer().write(taken(of, of | {"reader": reader}, of | {"reader": reader}))
    fold_old_visits(ledger, days=30, now=HOUR + dt.timedelta(days=35))
    assert house.counts() == {(VisitKind.CLICK, 1, HOUR, Verdict.UNSURE): (3, 2)}


def test_rows_go_when_consent_is_withdrawn(house, ledger):
    stays, goes = house.reader(1), house.reader(2)
    for reader in (stays, goes):
        house.consent(reader)
    of = {"mailing_id": house.mailing_id}
    house.writer().write(taken(of, of | {"reader": stays}, of | {"reader": goes}, of | {"reader": goes}))
    watch = ConsentWatch(ledger)
    assert watch.look() == 0
    house.withdraw(goes)
    assert watch.look() == 2
    assert [row.subscriber_id for row in house.rows()] == [None, stays]


def test_rows_of_one_reader_go_when_they_are_erased(house, ledger):
    reader = house.reader()
    house.consent(reader)
    house.writer().write(taken({"mailing_id": house.mailing_id, "reader": reader}))
    with ledger.write() as connection:
        assert forget_visits_of(connection, subscriber_id=reader, list_id=99) == 0
        assert forget_visits_of(connection, subscriber_id=reader, list_id=1) == 1
        assert connection.scalar(select(func.count()).select_from(schema.visit)) == 0
