import threading
import time

import pytest

from delivery.mailings import NOW, ScriptedTransport, address, fill_list, new_mailing
from trax_mailer.delivery import Patience, begin, find_mailing, pause, proof, run_lane, run_mailing
from trax_mailer.delivery.transports.base import Answer, Verdict
from trax_mailer.errors import BadState, Refused
from trax_mailer.model.mailing import Handover, MailingState
from trax_mailer.storage import schema

QUICK = Patience(first=0.01, longest=0.02)


class Fleet:
    """A transport for each lane, all of them remembered."""

    def __init__(self, script=None):
        self.made = []
        self._script = script

    def __call__(self, name):
        self.made.append(ScriptedTransport(self._script, lanes=3))
        return self.made[-1]

    @property
    def mailed(self):
        return sorted(email for one in self.made for call in one.calls for email in call)


def run(ledger, mailing, fleet, ring, **more):
    run_mailing(ledger, mailing.id, open_transport=fleet, ring=ring, patience=QUICK, **more)
    return find_mailing(ledger, mailing.id)


def everybody(count=10):
    return sorted(address(number) for number in range(1, count + 1))


def test_everybody_is_accepted_once_when_many_lanes_work(ledger, ring):
    fill_list(ledger, "many", readers=200)
    mailing, fleet, steps = new_mailing(ledger, list_name="many", lanes=3), Fleet(), []
    done = run(ledger, mailing, fleet, ring, progress=lambda *step: steps.append(step))
    assert done.state is MailingState.DONE
    assert fleet.mailed == everybody(200)
    assert len(fleet.made) == 3
    assert (steps[0], steps[-1]) == ((0, 200), (200, 200))
    assert proof(ledger, mailing.id).holds


def test_whole_mailing_pauses_when_one_lane_meets_a_wrong_key(ledger, ring):
    fill_list(ledger, "many", readers=200)
    mailing = new_mailing(ledger, list_name="many", lanes=3)
    refused = Answer(verdict=Verdict.STOPPED, reason="401 the key is wrong")
    fleet = Fleet(lambda _: refused)
    paused = run(ledger, mailing, fleet, ring)
    assert (paused.state, paused.reason) == (MailingState.PAUSED, "401 the key is wrong")
    assert sum(len(one.calls) for one in fleet.made) <= 3
    assert proof(ledger, mailing.id).waiting == 200


def test_lanes_are_left_to_the_process_that_holds_them_when_there_is_one(ledger, ring):
    mailing, fleet = new_mailing(ledger, lanes=2), Fleet()
    begin(ledger, mailing.id, now=NOW)
    elsewhere = ScriptedTransport()
    entered, finish = threading.Event(), threading.Event()

    def slow(_):
        entered.set()
        finish.wait(20)
        return Answer(verdict=Verdict.ACCEPTED)

    elsewhere._script = slow
    other = threading.Thread(
        target=run_lane,
        args=(ledger, mailing.id),
        kwargs={"lane": 0, "transport": elsewhere, "ring": ring},
    )
    other.start()
    assert entered.wait(20)
    here = threading.Thread(target=run, args=(ledger, mailing, fleet, ring))
    here.start()
    give_up = time.monotonic() + 20
    while proof(ledger, mailing.id).accepted < 4 and time.monotonic() < give_up:
        time.sleep(0.05)
    assert here.is_alive()
    finish.set()
    here.join(20)
    other.join(20)
    assert find_mailing(ledger, mailing.id).state is MailingState.DONE
    assert sorted([*fleet.mailed, *(email for call in elsewhere.calls for email in call)]) == everybody()


def test_nothing_is_left_calling_when_it_is_stopped(ledger, ring):
    stop = threading.Event()

    def stop_then_accept(_):
        stop.set()
        return Answer(verdict=Verdict.ACCEPTED)

    mailing = new_mailing(ledger, lanes=3, batch_size=1)
    run(ledger, mailing, Fleet(stop_then_accept), ring, stop=stop)
    with ledger.read() as connection:
        handovers = set(
            connection.scalars(schema.delivery.select().with_only_columns(schema.delivery.c.handover))
        )
    assert Handover.CALLING not in handovers
    assert find_mailing(ledger, mailing.id).state is MailingState.SENDING


def test_it_ends_when_another_process_pauses_the_mailing(ledger, ring):
    mailing = new_mailing(ledger, lanes=2)
    throttled = Answer(verdict=Verdict.THROTTLED, retry_after=600, reason="429")
    fleet = Fleet(lambda _: throttled)
    here = threading.Thread(target=run, args=(ledger, mailing, fleet, ring))
    here.start()
    give_up = time.monotonic() + 20
    while not any(one.calls for one in fleet.made) and time.monotonic() < give_up:
        time.sleep(0.02)
    pause(ledger, mailing.id, reason="enough", now=NOW)
    here.join(20)
    assert not here.is_alive()


def test_error_of_a_lane_reaches_the_person_when_the_others_have_ended(ledger, ring):
    def no_transport(name):
        raise Refused("There is no SendGrid key.")

    mailing = new_mailing(ledger, lanes=2)
    with pytest.raises(Refused, match="no SendGrid key"):
        run(ledger, mailing, no_transport, ring)
    assert proof(ledger, mailing.id).waiting == 10


def test_nothing_is_sent_when_the_mailing_is_done_or_cancelled(ledger, ring):
    mailing, fleet = new_mailing(ledger), Fleet()
    run(ledger, mailing, fleet, ring)
    before = len(fleet.made)
    assert run(ledger, mailing, fleet, ring).state is MailingState.DONE
    assert len(fleet.made) == before


def test_answer_is_not_lost_when_the_ledger_is_away_for_a_moment(ledger, ring, monkeypatch):
    from trax_mailer.delivery import outages, turns

    real, failures = turns.record, iter([BadState("The disk is full."), BadState("The disk is full.")])

    def failing(*arguments, **more):
        if error := next(failures, None):
            raise error
        return real(*arguments, **more)

    monkeypatch.setattr(turns, "record", failing)
    monkeypatch.setattr(outages.time, "sleep", lambda _seconds: None)
    mailing, fleet = new_mailing(ledger), Fleet()
    assert run(ledger, mailing, fleet, ring).state is MailingState.DONE
    assert fleet.mailed == everybody()
    assert proof(ledger, mailing.id).accepted == 10
