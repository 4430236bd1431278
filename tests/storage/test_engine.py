import datetime as dt
import threading
import time

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from storage.writing import add_list, count_lists, process
from trax_mailer.errors import BadState, Conflict
from trax_mailer.storage import open_ledger, schema

WRITER = """
import datetime as dt
from trax_mailer.storage.lists import list_ids, make_list
for number in range(25):
    with ledger.write() as connection:
        seen = len(list_ids(connection))
        make_list(connection, f"{sys.argv[2]} {number}, after {seen}", now=dt.datetime.now(dt.UTC))
ledger.close()
"""
HOLDER = """
with ledger.lane_lock(7, lane=0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_reading_sees_one_moment_when_others_write(ledger, now):
    with ledger.read() as reading:
        before = reading.scalar(select(func.count()).select_from(schema.mailing_list))
        with ledger.write() as writing:
            add_list(writing, "UPR Trax", now)
        after = reading.scalar(select(func.count()).select_from(schema.mailing_list))
    assert (before, after, count_lists(ledger)) == (0, 0, 1)


def test_reading_cannot_write_when_it_tries(ledger, now):
    with pytest.raises(BadState, match="cannot be written"), ledger.read() as connection:
        add_list(connection, "UPR Trax", now)
    with ledger.write() as connection:
        add_list(connection, "UPR Trax", now)
    assert count_lists(ledger) == 1


@pytest.mark.parametrize("alone", [True, False])
def test_nothing_is_kept_when_a_write_fails(ledger, now, alone):
    with pytest.raises(ZeroDivisionError), ledger.write(alone=alone) as connection:
        add_list(connection, "UPR Trax", now)
        _ = 1 / 0
    assert count_lists(ledger) == 0


def test_broken_rule_is_an_error_of_the_program_when_it_is_met(ledger, now):
    with pytest.raises(IntegrityError) as caught, ledger.write() as connection:
        connection.execute(
            insert(schema.subscription).values(
                subscriber_id=7, list_id=7, state="subscribed", changed_at=now, act_id=7
            )
        )
    assert "hidden" in str(caught.value)


def test_every_write_is_kept_when_processes_start_and_write_at_once(state, empty_place):
    names = ("one", "two", "three")
    with (
        process(WRITER, state, empty_place, names[0]) as one,
        process(WRITER, state, empty_place, names[1]) as two,
        process(WRITER, state, empty_place, names[2]) as three,
    ):
        for writer in (one, two, three):
            _, said = writer.communicate(timeout=120)
            assert writer.returncode == 0, said
    with open_ledger(state, empty_place) as ledger, ledger.read() as connection:
        lists = set(connection.scalars(select(schema.mailing_list.c.name)))
    assert len(lists) == 75
    assert {int(name.rsplit(" ", 1)[1]) for name in lists} == set(range(75))


@pytest.mark.parametrize("alone", [True, False])
def test_every_write_is_kept_when_threads_share_the_ledger(ledger, now, alone):
    def write(name):
        for number in range(10):
            with ledger.write(alone=alone) as connection:
                add_list(connection, f"{name} {number}", now)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcdefghijklmnop"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert count_lists(ledger) == 160


def test_clock_is_in_utc_and_goes_on_when_asked_twice(ledger):
    with ledger.read() as connection:
        first = ledger.clock(connection)
        time.sleep(0.002)
        second = ledger.clock(connection)
    assert first.tzinfo is dt.UTC
    assert first < second
    assert abs(second - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_kind_says_which_database_it_is_when_asked(ledger, place, state):
    assert ledger.kind == ("postgresql" if place else "sqlite")
    assert ledger.state == state


def test_lane_is_held_once_when_two_want_it(ledger, state, place):
    with ledger.lane_lock(7, lane=0) as lock, open_ledger(state, place) as other:
        assert lock.holds()
        for one in (ledger, other):
            assert one.lane_is_held(7, lane=0)
            assert not one.lane_is_held(7, lane=1)
            assert not one.lane_is_held(8, lane=0)
            with (
                pytest.raises(Conflict, match="Another process is sending mailing 7"),
                one.lane_lock(7, lane=0),
            ):
                pass
        assert lock.holds()
        with other.lane_lock(7, lane=1), other.lane_lock(8, lane=0):
            assert ledger.lane_is_held(7, lane=1)
    assert not ledger.lane_is_held(7, lane=0)
    with ledger.lane_lock(7, lane=0) as lock:
        assert lock.holds()


def test_lane_is_given_back_when_its_work_fails(ledger):
    with pytest.raises(ZeroDivisionError), ledger.lane_lock(7, lane=0):
        _ = 1 / 0
    assert not ledger.lane_is_held(7, lane=0)


def test_lane_can_be_taken_when_others_keep_asking_whether_it_is_held(ledger):
    asking = threading.Event()

    def ask():
        while not asking.is_set():
            ledger.lane_is_held(7, lane=0)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(30):
            with ledger.lane_lock(7, lane=0):
                pass
    finally:
        asking.set()
        for thread in threads:
            thread.join(60)


def test_lane_is_free_at_once_when_its_holder_is_killed(ledger, state, place):
    with process(HOLDER, state, place) as holder:
        assert holder.stdout.readline() == "held\n"
        assert ledger.lane_is_held(7, lane=0)
        with pytest.raises(Conflict), ledger.lane_lock(7, lane=0):
            pass
        killed = time.monotonic()
        holder.kill()
        holder.wait(60)
        while ledger.lane_is_held(7, lane=0):
            assert time.monotonic() < killed + 5
            time.sleep(0.005)
    with ledger.lane_lock(7, lane=0) as lock:
        assert lock.holds()
