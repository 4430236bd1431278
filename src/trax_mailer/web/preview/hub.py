"""The newest state of the previewed issue, built again after each save, and who waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from watchfiles import awatch

from trax_mailer.workflows.preview import PreviewSource, PreviewState, build_preview

QUIET_MS = 30
"""A save is taken as finished when nothing changed for this long."""

LONGEST_MS = 150
"""A stream of changes is shown at least this often."""

HEARTBEAT_SECONDS = 15.0


class Hub:
    """Watches the files, builds states, and wakes those who wait for the next one."""

    def __init__(self, source: PreviewSource) -> None:
        self._source = source
        self._changed = asyncio.Event()
        self._next: asyncio.Event = asyncio.Event()
        self._closed = False
        self.state: PreviewState = build_preview(source)

    @asynccontextmanager
    async def running(self, _app: Starlette) -> AsyncIterator[None]:
        """Watch as long as the application lives."""
        tasks = [
            asyncio.create_task(self._rebuild()),
            asyncio.create_task(self._watch(*self._source.folders, recursive=True)),
            asyncio.create_task(self._watch(self._source.root, recursive=False)),
        ]
        try:
            yield
        finally:
            self.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End every stream of revisions."""
        self._closed = True
        self._next.set()

    async def revisions(self) -> AsyncIterator[int | None]:
        """The revision now and each one after it; None where nothing happened for a while."""
        seen = 0
        while not self._closed:
            upcoming = self._next
            if self.state.revision != seen:
                seen = self.state.revision
                yield seen
                continue
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await upcoming.wait()
            except TimeoutError:
                yield None

    async def _watch(self, *paths: Path, recursive: bool) -> None:
        async for _ in awatch(*paths, step=QUIET_MS, debounce=LONGEST_MS, recursive=recursive):
            self._changed.set()

    async def _rebuild(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self.state = await asyncio.to_thread(build_preview, self._source, self.state)
            woken, self._next = self._next, asyncio.Event()
            woken.set()
