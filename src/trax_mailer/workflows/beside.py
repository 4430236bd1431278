"""Work that goes on in threads beside whatever else this process does, until it is told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Self

from trax_mailer.errors import TraxError
from trax_mailer.workflows.engines.telling import Teller, in_one_line

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A step that is repeated, with `every` seconds of rest between. It gets the event that ends it.

    What the step returns is of no interest. `about` names it for its reader. `trouble` stands before the
    words of what went wrong, and `over` is said once all is well again; an empty `over` says nothing.
    """

    about: str
    step: Callable[[Event], object]
    every: float
    trouble: str = ""
    over: str = ""

    def run(self, stop: Event, teller: Teller) -> None:
        """Repeat the step until `stop` is set. Whatever goes wrong is told, and ends nothing."""
        while not stop.is_set():
            self.once(stop, teller)
            stop.wait(self.every)

    def once(self, stop: Event, teller: Teller) -> bool:
        """Do the step once. Whether it was done without trouble."""
        try:
            self.step(stop)
        except TraxError as error:
            teller.trouble(self.about, f"{self.trouble}{in_one_line(error)}")
        except Exception:  # noqa: BLE001 - logged whole; what this goes on beside must go on
            _log.exception("%s: ended with an error nobody foresaw", self.about)
        else:
            teller.over(self.about, self.over)
            return True
        return False


class Beside:
    """Runs each round in a thread of its own, from `start` to the end of the block, which waits for them.

    `before` is asked at the start: it says what is worth saying, and whether there is anything to do.
    """

    def __init__(
        self, rounds: Sequence[Round], *, teller: Teller, before: Callable[[], bool] = lambda: True
    ) -> None:
        self._before = before
        self._stop = Event()
        self._threads = [
            Thread(target=each.run, args=(self._stop, teller), name=each.about) for each in rounds
        ]

    def start(self) -> None:
        """Begin, where there is anything to do."""
        if self._before():
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Begin no further step; the one under way ends as soon as it can."""
        self._stop.set()

    def end(self) -> None:
        """Stop, and wait for the steps that are under way."""
        self.stop()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
