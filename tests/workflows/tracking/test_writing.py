import datetime as dt

import pytest

from trax_mailer.model.visit import Verdict, VisitKind
from workflows.tracking.visiting import AT, note, taken

MINUTE = dt.datetime(2026, 3, 3, 9, 30, tzinfo=dt.UTC)


def test_visit_is_kept_with_its_time_to_the_minute_when_written(house):
    house.writer().write(taken({"mailing_id": house.mailing_id, "at": AT, "link": 1, "hints": "prefetch"}))
    [row] = house.rows()
    assert (row.mailing_id, row.kind, row.link, row.language) == (
        house.mailing_id, VisitKind.CLICK, 1, "en",
    )  # fmt: skip
    assert (row.at, row.after, row.method, row.agent, row.hints) == (MINUTE, 0, "GET", "browser", "prefetch")
    assert (bytes(row.pseudonym), row.subscriber_id) == (b"pseudony", None)
    assert (row.verdict, row.why) == (Verdict.UNSURE, "")


def test_seconds_since_the_first_visit_are_kept_when_a_pseudonym_comes_again(house):
    writer = house.writer()
    of = {"mailing_id": house.mailing_id}
    writer.write(taken(of | {"at": AT}, of | {"at": AT + 3}, of | {"at": AT + 2, "mark": b"somebody"}))
    writer.write([one._replace(number=one.number + 3) for one in taken(of | {"at": AT + 40})])
    assert [row.after for row in house.rows()] == [0, 3, 0, 40]


def test_first_visit_is_found_in_the_ledger_when_another_process_wrote_it(house):
    of = {"mailing_id": house.mailing_id}
    house.writer().write(taken(of | {"at": AT}))
    house.writer("another").write(taken(of | {"at": AT + 100}, of | {"at": AT + 86400}))
    # To the minute: that is all that the ledger knows of the first.
    assert [row.after for row in house.rows()] == [0, 145, 3600]


def test_nothing_is_written_twice_when_the_same_is_tried_again(house):
    arrivals = taken({"mailing_id": house.mailing_id}, {"mailing_id": house.mailing_id, "link": 0})
    writer = house.writer()
    writer.write(arrivals, dropped=5)
    writer.write(arrivals, dropped=5)
    assert len(house.rows()) == 2
    assert house.counters()["visits dropped"] == 5


def test_readers_visit_is_kept_when_they_consented(house):
    reader = house.reader()
    house.consent(reader)
    house.writer().write(taken({"mailing_id": house.mailing_id, "reader": reader}))
    house.writer("another").write(taken({"mailing_id": house.mailing_id, "reader": reader}))
    rows = house.rows()
    assert [(row.subscriber_id, row.pseudonym) for row in rows] == [(reader, None)] * 2
    assert rows[1].after in range(61)


@pytest.mark.parametrize("withdrawn", [False, True])
def test_readers_visit_is_not_kept_at_all_when_no_consent_stands(house, withdrawn):
    reader = house.reader()
    if withdrawn:
        house.consent(reader)
        house.withdraw(reader)
    house.consent(house.reader(2))
    house.writer().write(
        taken({"mailing_id": house.mailing_id, "reader": reader}, {"mailing_id": house.mailing_id})
    )
    assert [row.subscriber_id for row in house.rows()] == [None]


def test_visit_is_left_out_when_its_mailing_is_unknown(house):
    house.writer().write(taken({"mailing_id": 4711}, {"mailing_id": house.mailing_id}))
    assert [row.mailing_id for row in house.rows()] == [house.mailing_id]


def test_queue_goes_on_when_a_full_one_dropped_some(house):
    from trax_mailer.workflows.tracking.arrivals import Arrivals

    arrivals = Arrivals(room=1)
    note(arrivals, house.mailing_id)
    note(arrivals, house.mailing_id)
    writer = house.writer()
    found, dropped = arrivals.take(10)
    writer.write(found, dropped=dropped)
    arrivals.done()
    note(arrivals, house.mailing_id, link=0)
    writer.write(arrivals.take(10)[0])
    assert [row.link for row in house.rows()] == [1, 0]
    assert house.counters()["visits dropped"] == 1
