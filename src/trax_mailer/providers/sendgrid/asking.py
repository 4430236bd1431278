"""Asking SendGrid again where it was not heard or asks to wait: only for calls that may be repeated."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

from trax_mailer.errors import ProviderError, Refused
from trax_mailer.providers.sendgrid.client import NoAnswer, NotConnected, Reply, call
from trax_mailer.providers.sendgrid.replies import error_words, hold_after, retry_after, seconds_to_wait

_Read = TypeVar("_Read")
_AGAIN = "Run it again later."


class Unreadable(ValueError):
    """The body of an answer is not what the API promises; says what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long: `tries` in all, pauses that double from `first` to `longest` seconds.

    Whoever asks for more than `most` seconds of waiting is not waited for.
    """

    tries: int = 6
    first: float = 1.0
    longest: float = 60.0
    most: float = 300.0


class Asker:
    """Asks until there is an answer to go by. For one thread. `say` prints a line about long waits."""

    def __init__(self, *, stop: Event, say: Callable[[str], None], patience: Patience) -> None:
        self._stop = stop
        self._say = say
        self._patience = patience
        self._quiet_until = 0.0

    def ask(self, method: Callable[..., Any], read: Callable[[Reply], _Read], **arguments: object) -> _Read:
        """What `read` makes of the answer; of any below 500 but 408 and 429.

        Raises ProviderError where the answer stays out, what `read` raises except Unreadable, and Refused
        once `stop` is set.
        """
        tried = 0
        while True:
            self._rest(self._quiet_until - time.time())
            wait: float | None = None
            try:
                reply = call(method, **arguments)
                wait, words = _wait_for(reply, now=time.time())
                if not words:
                    self._quiet_until = time.time() + (wait or 0.0)
                    return read(reply)
            except (NotConnected, NoAnswer) as error:
                words = f"SendGrid cannot be reached: {error}"
            except Unreadable as error:
                words = f"SendGrid's answer cannot be read: {error}"
            tried += 1
            self._rest(self._pause(wait, words, tried=tried))

    def _pause(self, wait: float | None, words: str, *, tried: int) -> float:
        """The seconds until the next try. Raises ProviderError where there is to be none."""
        patience = self._patience
        if tried >= patience.tries:
            raise ProviderError(f"{words}. It was asked {tried} times.", advice=_AGAIN)
        doubled = min(patience.longest, patience.first * 2.0 ** (tried - 1))
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        if wait is None:
            return doubled * jitter
        if wait > patience.most:
            raise ProviderError(f"{words}. It asks to wait {wait:,.0f} seconds.", advice=_AGAIN)
        return wait + min(1.0, patience.first) * jitter

    def _rest(self, seconds: float) -> None:
        if seconds >= 5:
            self._say(f"SendGrid is asked again in {seconds:,.0f} seconds.")
        if self._stop.wait(max(seconds, 0.0)):
            raise Refused("Stopped before the end; what was read until then is kept.", advice=_AGAIN)


def _wait_for(reply: Reply, *, now: float) -> tuple[float | None, str]:
    """The seconds before the next call, and why this one has to be repeated; empty where it has not."""
    if reply.status in {408, 429}:
        return seconds_to_wait(reply, now=now), f"SendGrid asks to call later: {error_words(reply)}"
    if reply.status >= 500:
        return retry_after(reply, now=now), f"SendGrid is in trouble: {error_words(reply)}"
    return hold_after(reply, now=now), ""
