"""Steps that go on beside a worker in its event loop: repeated, told where they fail, ended with it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from threading import Event
from typing import Any

from procrastinate.exceptions import ConnectorException

from trax_mailer.errors import Away, TraxError
from trax_mailer.workflows.engines.telling import Teller, in_one_line

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def beside(*steps: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run the steps until the end of the block, then cancel what is left of them."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def repeat(
    step: Callable[[], Awaitable[None]], *, every: float, broken: asyncio.Event, teller: Teller
) -> None:
    """Do the step about every so many seconds, at other moments than other workers, and tell its trouble.

    Sets `broken` where the database is away.
    """
    while True:
        try:
            await step()
        except (ConnectorException, Away):
            broken.set()
        except TraxError as error:
            teller.trouble("ledger", in_one_line(error))
        except Exception:  # noqa: BLE001 - logged whole; the worker must go on
            _log.exception("A sweep ended with an error nobody foresaw")
        await asyncio.sleep(every * random.uniform(0.7, 1.3))  # noqa: S311 - no secret


async def rest(seconds: float, *, unless: Event) -> None:
    """Wait so long, or until `unless` is set, which may happen in another thread."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not unless.is_set():  # noqa: ASYNC110 - a thread's event
        await asyncio.sleep(0.1)
