import datetime as dt
import signal
import threading
import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from trax_mailer.errors import Refused
from trax_mailer.settings import load_settings
from trax_mailer.storage.backends.postgres.connecting import Address
from trax_mailer.workflows.engines import LaneWork, count_senders, lane_jobs
from trax_mailer.workflows.engines.distributed import DistributedEngine
from trax_mailer.workflows.engines.job_tables import bring_jobs_up_to_date
from trax_mailer.workflows.engines.telling import Teller
from workflows.engines.station import wait_until

pytestmark = pytest.mark.postgres

TAKEN_OVER_WITHIN = 10.0


def make_engine(station, said, *, lanes=4, settings=None):
    settings = settings or station.settings
    work = LaneWork(settings, station.ledger, station.ring, teller=Teller(said.append))
    return DistributedEngine(work, database=settings.database, lanes=lanes, name="here")


@contextmanager
def running(engine):
    """The engine in a thread, once its tables are there, until the end of the block."""
    bring_jobs_up_to_date(engine._address)
    stop, errors = threading.Event(), []

    def run():
        try:
            engine.run(stop)
        except BaseException as error:  # noqa: BLE001 - for the thread that waits
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()
        assert not errors, errors


def query(station, statement):
    database = station.settings.database
    with psycopg.connect(database.url, password=database.password.reveal()) as connection:
        return connection.execute(statement).fetchall()


def jobs(station):
    return query(station, "SELECT status::text, queueing_lock, args FROM procrastinate_jobs ORDER BY id")


def test_mailing_moves_to_other_workers_when_one_is_killed(server_station, record_property):
    station = server_station
    station.call_seconds = 0.4
    with ExitStack() as workers:
        three = [
            workers.enter_context(station.trax("worker", "--lanes", "2", "--name", name, state=host))
            for name in ("one", "two", "three")
            for host in [station.other_host(name)]
        ]
        for worker in three:
            worker.wait_for("This worker takes")
        wait_until(lambda: count_senders(station.ledger) == 3)
        mailing = station.start_mailing(batch_size=1, lanes=3)
        wait_until(lambda: all_held(station, mailing) and at_work(three))
        victim = at_work(three)[0]
        victim.process.kill()
        victim.process.wait()
        began = time.monotonic()
        wait_until(lambda: not all_held(station, mailing))
        wait_until(lambda: all_held(station, mailing))
        record_property("seconds_to_takeover", round(time.monotonic() - began, 2))
        assert time.monotonic() - began < TAKEN_OVER_WITHIN
        station.wait_for(mailing.id)
        for worker in three:
            if worker is not victim:
                assert worker.end() == 0
    account, reached = station.proof(mailing.id), station.reached()
    assert account.holds
    assert account.accepted + account.uncertain == 40
    assert account.uncertain <= 2  # the calls that the killed worker had under way
    assert set(reached.values()) == {1}
    assert len(reached) >= account.accepted


def at_work(workers):
    """Those that have taken a lane."""
    return [worker for worker in workers if any("handing over" in line for line in worker.said)]


def all_held(station, mailing):
    """Whether every lane of the mailing is driven by somebody."""
    return all(station.ledger.lane_is_held(mailing.id, lane=lane) for lane in range(mailing.lanes))


def test_nothing_stays_in_a_call_when_a_worker_is_told_to_stop(server_station):
    station = server_station
    station.call_seconds = 0.3
    mailing = station.start_mailing(batch_size=4, lanes=2)
    with station.trax("worker") as worker:
        worker.wait_for("handing over")
        assert worker.end(signal.SIGTERM) == 0
    assert "Stopping after the calls under way …" in worker.said
    assert (
        worker.said[-1]
        == "This worker has stopped. Mailings that are not done go on when a worker runs again."
    )
    assert station.calling() == 0
    account = station.proof(mailing.id)
    assert account.uncertain == 0
    assert account.accepted == len(station.reached())
    assert jobs(station) == []
    assert query(station, "SELECT * FROM procrastinate_workers") == []


@pytest.mark.parametrize("outage", [0.0, 3.0])
def test_worker_goes_on_by_itself_when_the_database_was_restarted(server_station, postgres, said, outage):
    station = server_station
    station.call_seconds = 0.1
    mailing = station.start_mailing(batch_size=1, lanes=2)
    with running(make_engine(station, said)):
        wait_until(lambda: len(station.api.requests) >= 4)
        postgres.stop("immediate")
        time.sleep(outage)
        postgres.start()
        station.wait_for(mailing.id)
    account = station.proof(mailing.id)
    assert account.holds
    assert set(station.reached().values()) == {1}
    assert account.accepted + account.uncertain == 40
    if outage:
        assert any("waits for it" in line for line in said)
        assert "The database is back." in said


def test_jobs_of_dead_workers_are_deleted_when_another_sweeps(server_station, said, monkeypatch):
    monkeypatch.setattr(lane_jobs, "DEAD_AFTER_SECONDS", 1.0)
    station = server_station
    bring_jobs_up_to_date(Address(station.settings.database))
    query(
        station,
        "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) "
        "VALUES (now() - interval '1 hour') RETURNING id) "
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, status, worker_id) "
        "SELECT 'trax-sendgrid', 'trax.lane', 'lane:1:0', "
        '\'{"mailing_id": 1, "lane": 0, "transport": "sendgrid"}\', \'doing\', id FROM dead RETURNING id',
    )
    mailing = station.start_mailing(lanes=1)
    with running(make_engine(station, said)):
        station.wait_for(mailing.id)
        wait_until(lambda: not jobs(station), lambda: jobs(station))


def test_lane_that_failed_waits_in_one_job_when_it_is_tried_again(server_station, said, monkeypatch):
    monkeypatch.setattr("trax_mailer.delivery.lane.load_edition", lambda *_words: None)
    station = server_station
    station.start_mailing(lanes=1)
    with running(make_engine(station, said)):
        wait_until(lambda: any(args["tries"] == 2 for _, _, args in jobs(station)), lambda: jobs(station))
        waiting = jobs(station)
    assert [(status, lock) for status, lock, _ in waiting] == [("todo", "lane:1:0")]
    assert len([line for line in said if "edition" in line]) == 1


def test_scheduled_mailing_starts_once_when_several_workers_look(server_station, said):
    station = server_station
    with station.ledger.read() as connection:
        soon = station.ledger.clock(connection) + dt.timedelta(seconds=1.5)
    mailing = station.add_mailing(not_before=soon, lanes=2)
    with running(make_engine(station, said)), running(make_engine(station, said)):
        station.wait_for(mailing.id)
    assert set(station.reached().values()) == {1}
    assert len(station.reached()) == 40
    assert len([line for line in said if "its time has come" in line]) == 1


def test_worker_refuses_to_start_when_it_could_hand_over_nothing(server_station, said):
    database = server_station.settings.database
    bare = load_settings(
        server_station.root,
        environ={"TRAX_DATABASE": database.url, "TRAX_DATABASE_PASSWORD": database.password.reveal()},
        state=server_station.state,
    )
    with pytest.raises(Refused, match="can hand over nothing"):
        make_engine(server_station, said, settings=bare).run(threading.Event())


def test_lanes_stay_for_others_when_a_worker_lacks_their_transport(server_station, said):
    """It defers them, and takes none of them."""
    station = server_station
    (station.root / "trax.yaml").write_text(
        (station.root / "trax.yaml").read_text() + "smtp: {host: 127.0.0.1, port: 1, security: none}\n"
    )
    bare = load_settings(
        station.root, environ={**station.environ, "SENDGRID_API_KEY": ""}, state=station.state
    )
    station.start_mailing(lanes=1)
    with running(make_engine(station, said, settings=bare)):
        wait_until(lambda: jobs(station), lambda: said)
        time.sleep(1.5)
        assert [status for status, _, _ in jobs(station)] == ["todo"]
    assert station.api.requests == []
    assert len([line for line in said if "SENDGRID_API_KEY" in line]) == 1
    with running(make_engine(station, said)):
        station.wait_for(1)
