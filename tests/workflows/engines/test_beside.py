import asyncio
import threading
import time

import pytest

from trax_mailer.errors import Away, Conflict
from trax_mailer.workflows.engines.beside import beside, repeat, rest
from trax_mailer.workflows.engines.telling import Teller


def run_beside(step, said, *, times):
    """Repeat the step until it has been done so often; whether the database counted as broken."""

    async def run():
        broken, done, over = asyncio.Event(), [], asyncio.Event()

        async def counted():
            done.append(1)
            if len(done) == times:
                over.set()
            await step(len(done))

        async with beside(repeat(counted, every=0.001, broken=broken, teller=Teller(said.append))):
            await asyncio.wait_for(over.wait(), 10)
        return broken.is_set()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "broken", "words"),
    [
        (Away("It restarts."), True, []),
        (Conflict("The ledger is busy.", advice="Wait."), False, ["The ledger is busy. Wait."]),
        (ZeroDivisionError(), False, []),
    ],
)
def test_step_is_repeated_when_it_ended_with_an_error(said, caplog, error, broken, words):
    async def step(turn):
        if turn < 3:
            raise error

    assert run_beside(step, said, times=4) is broken
    assert said == words
    assert ("an error nobody foresaw" in caplog.text) is isinstance(error, ZeroDivisionError)


def test_steps_end_when_the_block_ends():
    ended = []

    async def step():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(1)

    async def run():
        async with beside(step(), step()):
            await asyncio.sleep(0)

    asyncio.run(run())
    assert ended == [1, 1]


def test_rest_ends_early_when_a_thread_says_so():
    stop = threading.Event()
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    began = time.monotonic()
    asyncio.run(rest(30, unless=stop))
    timer.join()
    assert time.monotonic() - began < 10
