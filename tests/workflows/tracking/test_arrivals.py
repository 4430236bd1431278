import threading

from hypothesis import given
from hypothesis import strategies as st

from trax_mailer.workflows.tracking.arrivals import Arrival, Arrivals
from workflows.tracking.visiting import note


def numbers(arrivals):
    return [one.number for one in arrivals]


def test_visits_beyond_the_room_are_counted_when_it_is_full():
    arrivals = Arrivals(room=3)
    for _ in range(5):
        note(arrivals, 1)
    taken, dropped = arrivals.take(10)
    assert (numbers(taken), dropped) == ([1, 2, 3], 2)


def test_same_visits_are_given_again_when_they_were_not_written():
    arrivals = Arrivals(room=2)
    for _ in range(3):
        note(arrivals, 1)
    first = arrivals.take(10)
    note(arrivals, 1)
    assert arrivals.take(10) == first
    arrivals.done()
    again, dropped = arrivals.take(10)
    assert (numbers(again), dropped) == ([3], 0)


def test_only_what_waits_for_long_is_unwritten_when_asked():
    arrivals = Arrivals()
    for at in (10.0, 11.0, 12.0, 13.0):
        note(arrivals, 1, at=at)
    arrivals.take(2)
    assert numbers(arrivals.unwritten(after=0, before=12.5)) == [1, 2, 3]
    assert numbers(arrivals.unwritten(after=1, before=12.5)) == [2, 3]
    assert numbers(arrivals.unwritten(after=3, before=99)) == [4]
    arrivals.done()
    assert numbers(arrivals.unwritten(after=0, before=99)) == [3, 4]


def test_no_visit_is_lost_when_threads_note_at_once():
    arrivals, taken = Arrivals(), []

    def visit():
        for _ in range(2000):
            note(arrivals, 1)

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or len(arrivals):
        arrivals.unwritten(after=0, before=2e9)
        taken += numbers(arrivals.take(100)[0])
        arrivals.done()
    assert taken == list(range(1, 8001))


@given(st.binary(min_size=8, max_size=8), st.integers(0, 999999), st.booleans())
def test_arrival_is_the_same_when_it_was_written_into_a_journal(mark, link, is_reader):
    arrival = Arrival(7, 1772530245, 3, "open", link, mark, is_reader, "HEAD", "browser", "prefetch")
    assert Arrival.from_data(arrival.to_data()) == arrival
