import threading
import time

import pytest

from postgres import require
from storage.backends.postgres.pooler import find_pooler, pooler
from storage.writing import add_list, count_lists
from trax_mailer.errors import Away, BadState, Conflict
from trax_mailer.storage import open_ledger
from trax_mailer.storage.backends.postgres import lanes

pytestmark = pytest.mark.postgres


@pytest.fixture
def found_pooler():
    require("pgbouncer", find_pooler)


def _end_lanes(postgres):
    postgres.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'trax lane%'"
    )


def test_holder_knows_that_its_lock_is_gone_when_its_session_is_ended(postgres, server_ledger):
    with server_ledger.lane_lock(7, lane=0) as lock:
        assert lock.holds()
        _end_lanes(postgres)
        assert not lock.holds()
        assert not server_ledger.lane_is_held(7, lane=0)
        with server_ledger.lane_lock(7, lane=0) as other:
            assert other.holds()
            assert not lock.holds()


def test_holder_knows_that_its_lock_is_gone_when_the_server_crashed(postgres, server_ledger):
    with server_ledger.lane_lock(7, lane=0) as lock:
        postgres.stop("immediate")
        assert not lock.holds()
        with pytest.raises(Away), server_ledger.lane_lock(7, lane=1):
            pass
        postgres.start()
        assert not lock.holds()


def test_holder_knows_that_its_lock_is_gone_when_it_was_unlocked(server_ledger):
    with server_ledger.lane_lock(7, lane=0) as lock:
        lock._connection.execute("SELECT pg_advisory_unlock_all()")
        assert not lock.holds()


def test_lane_is_named_for_who_runs_the_server_when_it_is_held(postgres, server_ledger):
    with server_ledger.lane_lock(7, lane=3):
        names = postgres.sql("SELECT application_name FROM pg_stat_activity WHERE usename = 'trax'")
    assert ("trax lane 7.3",) in names


def test_dead_host_is_noticed_by_the_server_when_a_lane_is_held(server_ledger):
    with server_ledger.lane_lock(7, lane=3) as lock:
        said = [
            lock._connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
        ]
    idle, interval, count = map(int, said)
    assert 0 < idle + interval * count < 15


def test_lanes_of_ledgers_in_two_schemas_are_different_when_they_share_a_database(
    postgres, database, tmp_path, now
):
    name = database.url.rsplit("/", 1)[1]
    postgres.sql("CREATE SCHEMA second AUTHORIZATION trax", database=name)
    other_place = type(database)(
        url=database.url + "?options=-csearch_path%3Dsecond", password=database.password
    )
    with (
        open_ledger(tmp_path / "one", database) as one,
        open_ledger(tmp_path / "two", other_place) as two,
        one.lane_lock(7, lane=0),
        two.lane_lock(7, lane=0),
        one.write() as first,
        two.write() as second,
    ):
        add_list(first, "UPR Trax", now)
        add_list(first, "demo", now)
        add_list(second, "UPR Trax", now)
    with open_ledger(tmp_path / "one", database) as one, open_ledger(tmp_path / "two", other_place) as two:
        assert (count_lists(one), count_lists(two)) == (2, 1)


@pytest.mark.usefixtures("found_pooler")
def test_ledger_and_lanes_work_when_a_pooler_keeps_sessions(postgres, database, free_port, tmp_path, now):
    with (
        pooler(postgres, database, free_port, mode="session") as place,
        open_ledger(tmp_path / "state", place) as ledger,
    ):
        assert ledger._backend._address.is_pooled
        with ledger.write() as connection:
            add_list(connection, "UPR Trax", now)
        with ledger.lane_lock(7, lane=0) as lock:
            assert lock.holds()
            with pytest.raises(Conflict), ledger.lane_lock(7, lane=0):
                pass
        assert count_lists(ledger) == 1
        assert not ledger.lane_is_held(7, lane=0)


@pytest.mark.usefixtures("found_pooler")
def test_ledger_is_refused_when_a_pooler_shares_sessions(postgres, database, free_port, tmp_path):
    with (
        pooler(postgres, database, free_port, mode="transaction") as place,
        pytest.raises(BadState, match="pooler") as caught,
    ):
        open_ledger(tmp_path / "state", place).close()
    assert "session mode" in caught.value.advice


@pytest.mark.usefixtures("found_pooler")
def test_lane_is_refused_when_a_pooler_shares_sessions(postgres, database, free_port, tmp_path, monkeypatch):
    monkeypatch.setattr(lanes, "refuse_shared_sessions", lambda _: None)
    with (
        pooler(postgres, database, free_port, mode="transaction") as place,
        open_ledger(tmp_path / "state", place) as ledger,
        pytest.raises(BadState, match="pooler"),
        ledger.lane_lock(7, lane=0),
    ):
        pass


@pytest.mark.usefixtures("found_pooler")
def test_holder_knows_that_its_lock_is_void_when_a_pooler_gives_it_another_session(
    postgres, database, free_port, tmp_path, monkeypatch
):
    monkeypatch.setattr(lanes, "refuse_shared_sessions", lambda _: None)
    monkeypatch.setattr(lanes, "_refuse_unless_own", lambda *_: None)
    with (
        pooler(postgres, database, free_port, mode="transaction") as place,
        open_ledger(tmp_path / "state", place) as ledger,
        ledger.lane_lock(7, lane=0) as lock,
        ledger.write() as connection,
    ):
        connection.exec_driver_sql("SELECT 1")
        assert not lock.holds()


def test_lane_moves_within_a_moment_when_its_session_is_ended(postgres, server_ledger):
    taken = threading.Event()

    def wait_for_it():
        while not taken.is_set():
            try:
                with server_ledger.lane_lock(7, lane=0):
                    taken.set()
            except (Conflict, Away):  # Away: its own session may be ended as well, in the midst of a try.
                time.sleep(0.01)

    with server_ledger.lane_lock(7, lane=0):
        successor = threading.Thread(target=wait_for_it)
        successor.start()
        assert not taken.wait(0.1)
        _end_lanes(postgres)
        assert taken.wait(30)
        successor.join(10)
