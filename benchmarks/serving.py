"""Servers that a benchmark asks: `trax serve`, and the bare ASGI answer beside it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

from benchmarks.office import Office, ended
from benchmarks.wrk import unused_port, wait_for


@contextlib.contextmanager
def serving(office: Office) -> Iterator[tuple[int, int, Callable[[], None]]]:
    """`trax serve`; yields its port, its process, and what ends it by SIGTERM."""
    port = unused_port()
    process = office.start("serve", "--no-send", "--port", str(port))
    with ended([process]):
        wait_for(port, "/healthz")

        def end() -> None:
            process.send_signal(signal.SIGTERM)
            if process.wait(60):
                raise SystemExit("trax serve ended with an error")

        yield port, process.pid, end


@contextlib.contextmanager
def bare_answer() -> Iterator[tuple[int, int]]:
    """A bare ASGI answer on granian; yields its port and its process."""
    port = unused_port()
    command = [sys.executable, "-m", "benchmarks.bare_asgi", str(port)]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own arguments
        try:
            wait_for(port, "/")
            yield port, process.pid
        finally:
            process.terminate()
