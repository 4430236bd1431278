"""Several who have something to write at once, in one transaction: each waits until theirs is committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class _Waiting(Generic[_Item]):
    __slots__ = ("called", "error", "items", "leads")

    def __init__(self, items: Sequence[_Item]) -> None:
        self.items = items
        self.called = Event()
        self.leads = False
        self.error: BaseException | None = None


class Together(Generic[_Item]):
    """Gives items to `write`, those of several threads at once, at most `most` unless one brings more.

    One of the waiting threads writes for all; nobody waits for anybody who came later.
    """

    def __init__(self, write: Callable[[Sequence[_Item]], object], *, most: int) -> None:
        self._write = write
        self._most = most
        self._lock = Lock()
        self._queue: list[_Waiting[_Item]] = []
        self._busy = False

    def keep(self, items: Sequence[_Item]) -> None:
        """Returns once the items are written. Raises what `write` raised for them and those beside them."""
        mine = _Waiting(items)
        with self._lock:
            self._queue.append(mine)
            mine.leads, self._busy = not self._busy, True
        if not mine.leads:
            mine.called.wait()
        if mine.leads:
            self._lead()
        if mine.error is not None:
            raise mine.error

    def _lead(self) -> None:
        """Write for those at the head of the queue, oneself among them; then call the next to lead."""
        with self._lock:
            group = self._head()
        error: BaseException | None = None
        try:
            self._write([item for one in group for item in one.items])
        except BaseException as raised:  # noqa: BLE001 - raised again by everybody whose items they were
            error = raised
        with self._lock:
            following = self._queue[0] if self._queue else None
            self._busy = following is not None
            if following is not None:
                following.leads = True
        for one in group:
            one.error = error
            one.called.set()
        if following is not None:
            following.called.set()

    def _head(self) -> list[_Waiting[_Item]]:
        group = [self._queue.pop(0)]
        size = len(group[0].items)
        while self._queue and size + len(self._queue[0].items) <= self._most:
            group.append(self._queue.pop(0))
            size += len(group[-1].items)
        return group
