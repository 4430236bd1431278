import datetime as dt

import pytest
from sqlalchemy import event

from trax_mailer.model.visit import Verdict
from trax_mailer.storage.judging import mailings_to_judge, next_to_judge
from trax_mailer.workflows.tracking.chores import fold_old_visits
from trax_mailer.workflows.tracking.judging import PATIENCE, judge_new
from workflows.tracking.visiting import AT, taken

NOW = dt.datetime.fromtimestamp(AT, dt.UTC)
LATER = NOW + PATIENCE + dt.timedelta(minutes=1)


@pytest.fixture
def visits(house):
    """A person, a sweeping gateway, Apple's proxy, and one of whom nothing is known."""
    of = {"mailing_id": house.mailing_id, "at": AT}
    sweep = [of | {"at": AT + number, "mark": b"gateway_", "link": number % 3} for number in range(6)]
    house.writer().write(
        taken(
            of | {"mark": b"person__", "link": 1},
            *sweep,
            of | {"mark": b"apple___", "kind": "open", "link": 0, "agent": "apple-proxy"},
            of | {"mark": b"nobody__", "link": 1, "agent": "other"},
        )
    )
    return house


def _verdicts(house):
    return {bytes(row.pseudonym): row.verdict for row in house.rows()}


def test_visits_are_judged_when_their_time_has_come(visits, ledger):
    assert judge_new(ledger, now=NOW) == 0
    assert judge_new(ledger, now=LATER) == 9
    assert _verdicts(visits) == {
        b"person__": Verdict.HUMAN,
        b"gateway_": Verdict.MACHINE,
        b"apple___": Verdict.MACHINE,
        b"nobody__": Verdict.UNSURE,
    }
    assert all(row.why for row in visits.rows())
    assert judge_new(ledger, now=LATER) == 0


def test_earlier_visit_is_judged_anew_when_a_later_one_tells_what_it_was(house, ledger):
    of = {"mailing_id": house.mailing_id, "mark": b"slow____"}
    house.writer().write(taken(of | {"at": AT, "link": 1}))
    judge_new(ledger, now=LATER)
    assert _verdicts(house) == {b"slow____": Verdict.HUMAN}
    house.writer("another server").write(taken(of | {"at": AT + 30, "link": 0}))
    judge_new(ledger, now=LATER)
    assert {row.verdict for row in house.rows()} == {Verdict.MACHINE}


def test_counts_keep_the_verdicts_when_visits_were_judged_before(visits, ledger):
    judge_new(ledger, now=LATER)
    fold_old_visits(ledger, days=30, now=NOW + dt.timedelta(days=40))
    counted = {}
    for (_kind, _link, _hour, verdict), (number, _) in visits.counts().items():
        counted[verdict] = counted.get(verdict, 0) + number
    assert counted == {Verdict.HUMAN: 1, Verdict.MACHINE: 7, Verdict.UNSURE: 1}


def test_visits_to_judge_are_found_by_an_index_when_most_are_judged(ledger):
    wanted = []

    def note(connection, cursor, statement, parameters, context, executemany):
        wanted.append((statement, parameters))

    with ledger.read() as connection:
        event.listen(connection, "before_cursor_execute", note)
        mailings_to_judge(connection, before=NOW)
        next_to_judge(connection, 1, before=NOW, after=0, limit=9)
        event.remove(connection, "before_cursor_execute", note)
        if ledger.kind == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # an empty table is read whole
        for statement, parameters in wanted:
            asked = "EXPLAIN " if ledger.kind == "postgresql" else "EXPLAIN QUERY PLAN "
            plan = str(connection.exec_driver_sql(asked + statement, parameters).all())
            assert "ix_visit_not_judged" in plan
