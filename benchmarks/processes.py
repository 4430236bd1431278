"""Other processes of a benchmark: started, told where they listen, and ended with it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def http_sink(*, keep: int = 0, delay: float = 0.0) -> Iterator[int]:
    """A SendGrid of our own (`benchmarks.http_sink`); yields its port."""
    with started("benchmarks.http_sink", "--keep", str(keep), "--delay", str(delay)) as process:
        assert process.stdout is not None  # noqa: S101 - narrows a type
        yield int(process.stdout.readline())


@contextlib.contextmanager
def started(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process of this Python that runs `module`, with its output in a pipe; killed at the end."""
    with subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def peak_memory() -> int:
    """The most memory that this process ever held, in bytes (Linux: VmHWM, which exec resets)."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        held = next(line for line in lines if line.startswith("VmHWM:"))
        return int(held.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
