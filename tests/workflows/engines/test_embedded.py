import datetime as dt
import threading
from contextlib import contextmanager

import pytest

from contracts.http_server import Reply
from delivery.mailings import NOW
from trax_mailer.errors import Conflict
from trax_mailer.model.mailing import MailingState
from trax_mailer.settings import load_settings
from trax_mailer.workflows.engines import EmbeddedEngine, LaneWork
from trax_mailer.workflows.engines.lane_work import LaneJob
from trax_mailer.workflows.engines.telling import Teller
from workflows.engines.station import wait_until

SOON = NOW + dt.timedelta(minutes=10)


@pytest.fixture
def said():
    return []


def make_engine(station, said, *, lanes=4, now=None, settings=None):
    work = LaneWork(
        settings or station.settings, station.ledger, station.ring, teller=Teller(said.append), now=now
    )
    return EmbeddedEngine(work, lanes=lanes)


@contextmanager
def running(engine):
    """The engine in a thread; gives what stops it."""
    stop = threading.Event()
    thread = threading.Thread(target=engine.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def test_every_lane_is_driven_when_a_mailing_is_sending(station, said):
    mailing = station.start_mailing(batch_size=4, lanes=3)
    make_engine(station, said).run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.DONE
    assert set(station.reached().values()) == {1}
    assert len(station.reached()) == 40
    assert said == [
        "Mailing 1: handing over No 58 to “everyone” through sendgrid.",
        "Mailing 1 is done: 40 accepted + 0 skipped + 0 failed + 0 uncertain = 40 = audience of 40.",
    ]


def test_mailing_starts_when_its_time_comes(station, said):
    moment = [SOON - dt.timedelta(seconds=1)]
    mailing = station.add_mailing(not_before=SOON)
    engine = make_engine(station, said, now=lambda: moment[0])
    engine.run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.SCHEDULED
    moment[0] = SOON
    engine.run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.DONE
    assert said[0] == "Mailing 1: its time has come, it starts now."


@pytest.mark.parametrize("behind", [dt.timedelta(minutes=61), dt.timedelta(days=400)])
def test_mailing_is_paused_with_the_reason_when_it_would_be_late(station, said, behind):
    """A machine asleep, a restored backup, a clock that jumped: all look like this."""
    mailing = station.add_mailing(not_before=SOON)
    make_engine(station, said, now=lambda: SOON + behind).run(threading.Event(), once=True)
    paused = station.mailing(mailing.id)
    assert paused.state is MailingState.PAUSED
    assert "due" in paused.reason
    assert station.api.requests == []
    assert said == [f"Mailing 1 is paused. {paused.reason} Go on with: trax resume 1"]


def test_mailing_starts_when_it_is_late_and_still_within_its_window(station, said):
    mailing = station.add_mailing(not_before=SOON)
    make_engine(station, said, now=lambda: SOON + dt.timedelta(minutes=59)).run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.DONE


def test_mailing_waits_when_the_clock_is_set_back(station, said):
    mailing = station.add_mailing(not_before=SOON)
    make_engine(station, said, now=lambda: NOW - dt.timedelta(days=400)).run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.SCHEDULED


def test_lane_is_left_alone_when_a_send_in_the_foreground_holds_it(station, said):
    mailing = station.start_mailing(lanes=1)
    with station.ledger.lane_lock(mailing.id, lane=0):
        make_engine(station, said).run(threading.Event(), once=True)
    assert station.api.requests == []
    assert said == []


def test_calls_under_way_are_answered_when_the_engine_is_stopped(station, said):
    station.call_seconds = 0.3
    mailing = station.start_mailing(batch_size=4, lanes=2)
    with running(make_engine(station, said)):
        wait_until(lambda: len(station.api.requests) >= 2)
    assert station.calling() == 0
    account = station.proof(mailing.id)
    assert account.accepted == sum(station.reached().values()) > 0
    assert account.uncertain == 0
    assert said[-1] == f"Mailing 1: this process has let go of it, {account.waiting} of 40 readers wait."


def test_lanes_at_once_are_bounded_when_more_have_work(station, said):
    under_way, most, lock = [0], [0], threading.Lock()

    def answer(_request):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.05)
        with lock:
            under_way[0] -= 1
        return Reply(202)

    station.api.answer = answer
    station.start_mailing(batch_size=2, lanes=6)
    make_engine(station, said, lanes=2).run(threading.Event(), once=True)
    assert most[0] == 2
    assert len(station.reached()) == 40


def test_trouble_is_told_once_when_the_key_of_a_transport_is_missing(station, said):
    mailing = station.start_mailing()
    bare = load_settings(station.root, environ={}, state=station.state)
    engine = make_engine(station, said, settings=bare)
    for _ in range(5):
        engine.run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.SENDING
    assert len(said) == 1
    assert "SENDGRID_API_KEY" in said[0]


class Unlucky:
    """Work whose only lane always ends with an error, under a clock of the test."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.teller = Teller(lambda _words: None)
        self.moment = 0.0
        self.driven = []

    def start_due(self):
        """Nothing is scheduled."""

    def end_finished(self):
        """Nothing was left behind."""

    def find_lanes(self):
        return [LaneJob(mailing_id=1, lane=0, transport="sendgrid")]

    def can_drive(self, _job):
        return True

    def drive(self, _mailing_id, _lane, *, stop):
        self.driven.append(self.moment)
        return False


def test_lane_rests_longer_each_time_when_it_ends_with_an_error(station, monkeypatch):
    monkeypatch.setattr("trax_mailer.workflows.engines.embedded.ROUND_SECONDS", 0.001)
    work, stop = Unlucky(station.ledger), threading.Event()

    def clock():
        work.moment += 0.5
        if work.moment > 400:
            stop.set()
        return work.moment

    EmbeddedEngine(work, lanes=1, clock=clock).run(stop)
    waits = [later - before for before, later in zip(work.driven, work.driven[1:], strict=False)]
    assert len(work.driven) < 15
    assert waits == sorted(waits)
    assert waits[0] >= 2
    assert waits[-1] >= 60


def test_engine_goes_on_when_the_ledger_was_in_trouble(station, said, monkeypatch):
    """The trouble is told, waited out, and its end is told."""
    mailing = station.start_mailing()
    engine = make_engine(station, said)
    find, troubles = (
        engine._work.find_lanes,
        [Conflict("The ledger is busy."), Conflict("The ledger is busy.")],
    )

    def find_lanes():
        if troubles:
            raise troubles.pop()
        return find()

    monkeypatch.setattr(engine._work, "find_lanes", find_lanes)
    monkeypatch.setattr("trax_mailer.workflows.engines.embedded.wait_after", lambda _tries: 0.01)
    with running(engine):
        station.wait_for(mailing.id)
    assert said[:2] == ["The ledger is busy.", "The ledger can be used again."]


def test_error_nobody_foresaw_is_logged_when_a_lane_meets_it(station, said, monkeypatch, caplog):
    def broken(*_words, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr("trax_mailer.workflows.engines.lane_work.run_lane", broken)
    station.start_mailing(lanes=1)
    engine = make_engine(station, said)
    assert engine._work.drive(1, 0, stop=threading.Event()) is False
    assert "Lane 0 of mailing 1 ended with an error nobody foresaw" in caplog.text


def test_trouble_of_a_lane_is_told_when_its_edition_is_missing(station, said, monkeypatch):
    monkeypatch.setattr("trax_mailer.delivery.lane.load_edition", lambda *_words: None)
    station.start_mailing(lanes=1)
    engine = make_engine(station, said)
    assert engine._work.drive(1, 0, stop=threading.Event()) is False
    assert engine._work.drive(1, 0, stop=threading.Event()) is False
    assert said == [
        "Mailing 1, lane 0: The edition of mailing 1 is missing from the ledger. Trying again later."
    ]


def test_mailing_pauses_when_everybody_is_refused_in_whichever_lane(station, said):
    """Twenty in each lane: too few for either alone to see that it is not about them."""
    station.api.answer = lambda _request: Reply(400, body=b'{"errors": [{"message": "no such sender"}]}')
    mailing = station.start_mailing(batch_size=1, lanes=2)
    make_engine(station, said).run(threading.Event(), once=True)
    assert "Nobody was accepted" in station.wait_for(mailing.id, MailingState.PAUSED).reason
    assert 25 <= station.proof(mailing.id).failed <= 27


def test_mailing_is_ended_with_its_account_when_a_killed_sender_left_it_so(station, said, monkeypatch):
    mailing = station.start_mailing()
    with monkeypatch.context() as killed:
        killed.setattr("trax_mailer.delivery.turns.Turns._finish", lambda _turns: None)
        killed.setattr("trax_mailer.workflows.engines.lane_work.end_finished", lambda *_a, **_k: [])
        make_engine(station, said).run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.SENDING
    make_engine(station, said).run(threading.Event(), once=True)
    assert station.mailing(mailing.id).state is MailingState.DONE
    assert said[-1].startswith(f"Mailing {mailing.id} is done: 40 accepted")
