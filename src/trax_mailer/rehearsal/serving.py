"""Running a sink: in a thread of this process, or in a process of its own that outlives killed senders."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from trax_mailer.errors import BadState
from trax_mailer.rehearsal.faults import Faults
from trax_mailer.rehearsal.record import Record
from trax_mailer.rehearsal.sendgrid_sink import SendGridSink
from trax_mailer.rehearsal.smtp_sink import SmtpSink

_SECONDS = 30.0


class _Sink(Protocol):
    async def serve(self) -> asyncio.Server: ...

    async def hang_up(self) -> None: ...


_SINKS: dict[str, Callable[[Record, Faults], _Sink]] = {"smtp": SmtpSink, "sendgrid": SendGridSink}


@dataclass(frozen=True, slots=True)
class SinkProcess:
    """A sink in a process of its own, listening on that port of 127.0.0.1."""

    pid: int
    port: int


async def serve_sink(
    kind: str, file: Path, faults: Faults, *, say: Callable[[int], None], over: asyncio.Event
) -> None:
    """Serve until `over` is set; `say` gets the port. `kind` is smtp or sendgrid, `file` the record."""
    record = Record(file)
    sink = _SINKS[kind](record, faults)
    try:
        server = await sink.serve()
        say(int(server.sockets[0].getsockname()[1]))
        await over.wait()
        server.close()
        await sink.hang_up()
    finally:
        record.close()


@contextmanager
def sink_thread(kind: str, file: Path, faults: Faults | None = None) -> Iterator[int]:
    """A sink in a thread of this process, until the end of the block; gives its port."""
    ready = threading.Event()
    ports: list[int] = []
    ends: list[Callable[[], object]] = []

    async def serve() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        ends.append(lambda: loop.call_soon_threadsafe(over.set))

        def say(port: int) -> None:
            ports.append(port)
            ready.set()

        await serve_sink(kind, file, faults or Faults(), say=say, over=over)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name=f"{kind} sink")
    thread.start()
    try:
        if not ready.wait(_SECONDS):
            raise BadState("The pretend receiver did not start.", advice="Try again.")
        yield ports[0]
    finally:
        for end in ends:
            end()
        thread.join(_SECONDS)


@contextmanager
def sink_process(kind: str, file: Path, faults: Faults | None = None) -> Iterator[SinkProcess]:
    """A sink in a process of its own, until the end of the block or of this process, however it ends.

    Raises BadState where it does not start.
    """
    faults = faults or Faults()
    command = [sys.executable, "-m", "trax_mailer.rehearsal", kind, str(file), faults.to_json()]
    # In a session of its own, so that Ctrl-C reaches whoever runs the rehearsal, and not the sink as well.
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            said = process.stdout.readline() if process.stdout else b""
            if not said.strip().isdigit():
                raise BadState("The pretend receiver did not start.", advice="Look at the lines above.")
            yield SinkProcess(process.pid, int(said))
        finally:
            if process.stdin:
                process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SECONDS)
            process.kill()
