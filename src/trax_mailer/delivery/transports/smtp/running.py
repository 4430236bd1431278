"""An event loop of a transport's own, run from ordinary code."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop of uvloop's where that is installed: it spends less time on each message."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run `work` to its end. Raises what it raises, and KeyboardInterrupt once Ctrl-C has cancelled it."""
    task = loop.create_task(work)
    with _ctrl_c_cancels(loop, task) as pressed:
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            if pressed:
                raise KeyboardInterrupt from None
            raise


@contextmanager
def _ctrl_c_cancels(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> Iterator[list[int]]:
    """Within a callback the interrupt could be lost, or tear a step in two; so it waits for its turn.

    As asyncio.Runner does it. Elsewhere than in the main thread, or under a handler of somebody else's,
    nothing is to be done. Gives a list that holds the signal once it came.
    """
    pressed: list[int] = []

    def cancel(number: int, _frame: FrameType | None) -> None:
        pressed.append(number)
        loop.call_soon_threadsafe(task.cancel)

    usual = signal.default_int_handler
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield pressed
        return
    signal.signal(signal.SIGINT, cancel)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, usual)
