import threading
from contextlib import contextmanager

from contracts.http_server import Reply
from trax_mailer.errors import Conflict
from trax_mailer.model.mailing import MailingState
from trax_mailer.settings import load_settings
from trax_mailer.workflows.engines import EmbeddedEngine, LaneWork
from trax_mailer.workflows.engines.rounds import LaneJob
from trax_mailer.workflows.engines.telling import Teller
from workflows.engines.station import wait_until


def make_engine(station, said, *, lanes=4, settings=None):
    work = LaneWork(settings or station.settings, station.ledger, station.ring, teller=Teller(said.append))
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
        self.rounds = self
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
        engine._work.rounds.find_lanes,
        [Conflict("The ledger is busy."), Conflict("The ledger is busy.")],
    )

    def find_lanes():
        if troubles:
            raise troubles.pop()
        return find()

    monkeypatch.setattr(engine._work.rounds, "find_lanes", find_lanes)
    monkeypatch.setattr("trax_mailer.workflows.engines.embedded.wait_after", lambda _tries: 0.01)
    with running(engine):
        station.wait_for(mailing.id)
    told = [line for line in said if "ledger" in line]
    assert told == ["The ledger is busy.", "The ledger can be used again."]
