"""Outages of the ledger: what must not be lost is done again until the ledger takes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from trax_mailer.errors import BadState, Conflict

_Result = TypeVar("_Result")

_LONGEST_OUTAGE = 300.0
_LONGEST_PAUSE = 15.0


def outlast(
    work: Callable[[], _Result], *, say: Callable[[str], None], failed: Callable[[], None]
) -> _Result:
    """Do it, again where the ledger is busy, full or away for a while; `failed` is called each such time.

    Raises BadState or Conflict where that lasts longer than five minutes.
    """
    give_up = time.monotonic() + _LONGEST_OUTAGE
    pause = 0.5
    while True:
        try:
            return work()
        except (BadState, Conflict) as error:
            failed()
            if time.monotonic() > give_up:
                raise
            if isinstance(error, BadState):
                say(f"{error.message} {error.advice} Waiting for it; what was sent is not forgotten.")
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
