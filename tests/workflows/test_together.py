"""Several writers, one transaction: all items are written once, and trouble meets those it concerns."""

import threading
import time

import pytest

from trax_mailer.workflows.together import Together


def run(together, batches):
    """Keep each batch in a thread of its own, all at once; what each of them met."""
    met, ready = {}, threading.Barrier(len(batches))

    def work(number, items):
        ready.wait(20)
        try:
            together.keep(items)
        except ValueError as error:
            met[number] = str(error)

    threads = [threading.Thread(target=work, args=each) for each in enumerate(batches)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return met


def test_items_are_written_once_and_before_their_keeper_goes_on():
    written, groups = [], []

    def write(items):
        groups.append(len(items))
        written.extend(items)

    together = Together(write, most=10)
    for _ in range(20):
        assert run(together, [[number] for number in range(8)]) == {}
    assert sorted(written) == sorted(list(range(8)) * 20)
    assert max(groups) <= 10


def test_those_who_wait_share_the_next_write_up_to_its_size():
    first, waiting, sizes = threading.Event(), threading.Event(), []

    def write(items):
        sizes.append(len(items))
        if len(sizes) == 1:
            waiting.set()
            assert first.wait(20)

    together = Together(write, most=5)
    threads = [threading.Thread(target=together.keep, args=([0, 0],))]
    threads[0].start()
    assert waiting.wait(20)
    for size in (2, 2, 3, 9):
        threads.append(threading.Thread(target=together.keep, args=([1] * size,)))
        threads[-1].start()
        while len(together._queue) < len(threads) - 1:
            time.sleep(0.001)
    first.set()
    for thread in threads:
        thread.join(20)
    assert sizes == [2, 4, 3, 9]


@pytest.mark.parametrize("most", [1, 100])
def test_trouble_is_met_by_those_whose_items_it_stopped_and_nobody_waits_for_ever(most):
    def write(items):
        if 3 in items:
            raise ValueError("not this")

    together = Together(write, most=most)
    met = run(together, [[number] for number in range(8)])
    assert met[3] == "not this"
    if most == 1:
        assert set(met) == {3}
    assert run(together, [[9]]) == {}
