"""Mail servers that take everything and keep nothing, each a process of its own on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

_SOURCE = Path(__file__).with_name("sink.c")


def compiled_sink(folder: Path) -> Path:
    """The program of sink.c, compiled now."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "sink"
    compiler = shutil.which("cc") or shutil.which("gcc") or "cc"
    subprocess.run([compiler, "-O2", "-o", str(program), str(_SOURCE)], check=True)  # noqa: S603 - our own
    return program


class FastSink:
    """A running sink of ours."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.port = port
        self._process = process

    def taken(self) -> int:
        """End it; how many messages it took in all."""
        said, _ = self._process.communicate(timeout=30)
        return int(said)


@contextlib.contextmanager
def fast_sink(program: Path, *, delay: float = 0.0) -> Iterator[FastSink]:
    """Our sink; each of its replies leaves after `delay` milliseconds."""
    command = [str(program), str(delay)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603 - our own
        try:
            assert process.stdout is not None  # noqa: S101 - narrows a type
            yield FastSink(process, int(process.stdout.readline()))
        finally:
            process.kill()


@contextlib.contextmanager
def smtp_sink() -> Iterator[int]:
    """Postfix's smtp-sink; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which("smtp-sink") or "smtp-sink"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([program, *user, f"127.0.0.1:{port}", "1024"]) as process:  # noqa: S603 - our own
        try:
            _wait_for(port)
            yield port
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("smtp-sink does not listen")
