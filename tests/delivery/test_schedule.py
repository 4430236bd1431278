import datetime as dt
from contextlib import contextmanager

import pytest

from delivery.mailings import NOW, ScriptedTransport, drive, fill_more, new_mailing, unsubscribe
from trax_mailer.delivery import (
    begin,
    cancel,
    due_mailings,
    end_finished,
    find_mailing,
    journal_of,
    lanes_to_run,
    pause,
    proof,
    resume,
    start_scheduled,
    turns,
)
from trax_mailer.errors import Conflict
from trax_mailer.model.mailing import MailingState
from trax_mailer.storage import schema

HOUR = dt.timedelta(hours=1)
TOMORROW = NOW + dt.timedelta(days=1)


def scheduled(ledger, **more):
    return new_mailing(ledger, not_before=TOMORROW, **more)


def test_nothing_is_written_down_when_a_mailing_is_scheduled(ledger):
    mailing = scheduled(ledger)
    assert (mailing.state, mailing.not_before) == (MailingState.SCHEDULED, TOMORROW)
    assert proof(ledger, mailing.id).audience == 0
    assert due_mailings(ledger, now=TOMORROW - HOUR) == []
    assert due_mailings(ledger, now=TOMORROW) == [mailing]


def test_who_joined_meanwhile_gets_it_when_its_time_comes(ledger, ring):
    mailing = scheduled(ledger)
    fill_more(ledger, "everyone", first=11, last=12)
    unsubscribe(ledger, 1)
    started = start_scheduled(ledger, mailing.id, late=HOUR, now=TOMORROW)
    assert (started.state, started.started_at) == (MailingState.SENDING, TOMORROW)
    drive(ledger, mailing, ScriptedTransport(), ring)
    counted = proof(ledger, mailing.id)
    assert (counted.accepted, counted.audience, counted.holds) == (11, 11, True)


def test_mailing_is_left_alone_when_it_is_not_due(ledger):
    mailing = scheduled(ledger)
    assert start_scheduled(ledger, mailing.id, late=HOUR, now=NOW) == mailing


def test_mailing_is_not_sent_late_when_its_time_was_missed(ledger, ring):
    mailing = scheduled(ledger)
    late = start_scheduled(ledger, mailing.id, late=HOUR, now=TOMORROW + 2 * HOUR)
    assert late.state is MailingState.PAUSED
    assert "due 2 h 0 min ago" in late.reason
    assert proof(ledger, mailing.id).audience == 0
    assert [entry.act for entry in journal_of(ledger, mailing.id)] == ["scheduled", "paused"]
    resume(ledger, mailing.id, now=TOMORROW + 3 * HOUR)
    assert drive(ledger, mailing, ScriptedTransport(), ring).state is MailingState.DONE
    assert proof(ledger, mailing.id).accepted == 10


def test_mailing_is_paused_when_everybody_has_left_by_its_time(ledger):
    mailing = scheduled(ledger)
    for number in range(1, 11):
        unsubscribe(ledger, number)
    found = start_scheduled(ledger, mailing.id, late=HOUR, now=TOMORROW)
    assert (found.state, found.reason) == (
        MailingState.PAUSED,
        "Nobody is subscribed to the list “everyone”.",
    )


@pytest.mark.parametrize("act", [pause, cancel])
def test_nothing_starts_when_it_was_stopped_before_its_time(ledger, act):
    mailing = scheduled(ledger)
    act(ledger, mailing.id, reason="not this one", now=NOW)
    assert due_mailings(ledger, now=TOMORROW) == []
    assert start_scheduled(ledger, mailing.id, late=HOUR, now=TOMORROW).started_at is None


def test_second_mailing_is_refused_when_one_is_scheduled(ledger):
    scheduled(ledger)
    with pytest.raises(Conflict, match="which is scheduled"):
        new_mailing(ledger)


def test_lanes_are_named_when_they_have_work_and_nobody_holds_them(ledger):
    mailing = new_mailing(ledger, lanes=3)
    assert lanes_to_run(ledger, now=NOW) == []
    begin(ledger, mailing.id, now=NOW)
    assert lanes_to_run(ledger, now=NOW) == [(mailing.id, 0), (mailing.id, 1), (mailing.id, 2)]
    with ledger.lane_lock(mailing.id, lane=1):
        assert lanes_to_run(ledger, now=NOW) == [(mailing.id, 0), (mailing.id, 2)]
    pause(ledger, mailing.id, reason="", now=NOW)
    assert lanes_to_run(ledger, now=NOW) == []


def test_lane_is_named_when_its_holder_died_in_a_call_of_a_paused_mailing(ledger):
    mailing = new_mailing(ledger)
    begin(ledger, mailing.id, now=NOW)
    with ledger.write() as connection:
        connection.execute(schema.batch.update().where(schema.batch.c.id == 2).values(state="calling"))
    pause(ledger, mailing.id, reason="", now=NOW)
    assert lanes_to_run(ledger, now=NOW) == [(mailing.id, 0)]


def test_lane_is_not_named_when_its_only_batch_waits(ledger):
    mailing = new_mailing(ledger, batch_size=10)
    begin(ledger, mailing.id, now=NOW)
    with ledger.write() as connection:
        connection.execute(schema.batch.update().values(not_before=NOW + HOUR))
    assert lanes_to_run(ledger, now=NOW) == []
    assert lanes_to_run(ledger, now=NOW + HOUR) == [(mailing.id, 0)]


def test_simulated_mailing_is_left_to_the_foreground_when_workers_look_for_work(ledger):
    mailing = new_mailing(ledger, simulated=True)
    begin(ledger, mailing.id, now=NOW)
    assert lanes_to_run(ledger, now=NOW) == []


def test_mailing_is_done_at_once_when_everybody_is_skipped(ledger):
    from delivery.mailings import suppress

    for number in range(1, 11):
        suppress(ledger, number)
    mailing = new_mailing(ledger)
    begin(ledger, mailing.id, now=NOW)
    assert find_mailing(ledger, mailing.id).state is MailingState.DONE
    assert proof(ledger, mailing.id).skipped == 10


def test_mailing_stays_paused_when_a_person_pauses_it_while_it_starts(ledger, monkeypatch):
    mailing, write, paused = scheduled(ledger), ledger.write, []

    @contextmanager
    def pausing_after(**more):
        with write(**more) as connection:
            yield connection
        if not paused:
            paused.append(True)
            pause(ledger, mailing.id, reason="wait", now=TOMORROW)

    monkeypatch.setattr(ledger, "write", pausing_after)
    start_scheduled(ledger, mailing.id, late=HOUR, now=TOMORROW)
    assert paused
    assert find_mailing(ledger, mailing.id).state is MailingState.PAUSED


def test_mailing_is_ended_when_its_sender_was_killed_after_the_last_answer(ledger, ring, monkeypatch):
    mailing = new_mailing(ledger)
    with monkeypatch.context() as killed:
        killed.setattr(turns.Turns, "_finish", lambda _turns: None)
        assert drive(ledger, mailing, ScriptedTransport(), ring).state is MailingState.SENDING
    with ledger.lane_lock(mailing.id, lane=0):
        assert end_finished(ledger, now=NOW) == []
    [ended] = end_finished(ledger, now=NOW)
    assert (ended.state, ended.finished_at) == (MailingState.DONE, NOW)
    assert end_finished(ledger, now=NOW) == []


def test_mailing_goes_on_when_somebody_of_it_waits(ledger):
    mailing = new_mailing(ledger)
    begin(ledger, mailing.id, now=NOW)
    assert end_finished(ledger, now=NOW) == []
