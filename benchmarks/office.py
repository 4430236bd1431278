"""A workspace of its own over a benchmark's ledger, and `trax` run in it as a person or systemd would."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.places import Place

_TRAX = "from trax_mailer.cli import main; main()"
_MEASURED = (
    "import atexit, sys; from benchmarks.processes import peak_memory; "
    f"atexit.register(lambda: sys.stderr.write('peak ' + str(peak_memory()))); {_TRAX}"
)
_SETTINGS = """\
organisation: {{name: A benchmark, postal_address: "Rue du Lac 1, 1200 Geneva"}}
newsletter: {{name: A benchmark, list_id: benchmark.example.org}}
sender: {{name: A benchmark, email: letter@news.example.org, reply_to: letter@example.org}}
public_url: https://trax.example.org
transport: sendgrid
sendgrid: {{host: "http://127.0.0.1:{port}", lanes: {lanes}, batch_size: {batch_size}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The folder of the workspace, and the environment that its programs run in."""

    root: Path
    environ: dict[str, str]

    def trax(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `trax` to its end; raises CalledProcessError where it fails."""
        return subprocess.run(  # noqa: S603 - our own arguments
            self._command(*arguments),
            cwd=self.root,
            env=self.environ,
            check=True,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def measured(self, *arguments: str) -> tuple[float, int]:
        """Run a command of `trax`: the seconds from start to end, and the most bytes of memory it held."""
        start = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own arguments
            [sys.executable, "-c", _MEASURED, *arguments],
            cwd=self.root,
            env={**self.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=1200,
        )
        return time.perf_counter() - start, int(done.stderr.rpartition("peak ")[2])

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command of `trax` that runs until it is ended."""
        return subprocess.Popen(  # noqa: S603 - our own arguments
            self._command(*arguments),
            cwd=self.root,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", _TRAX, *arguments]


def open_office(place: Place, *, port: int = 9, lanes: int = 4, batch_size: int = 1000) -> Office:
    """A workspace beside the state directory, which sends through a SendGrid at that port of loopback."""
    root = place.state.parent / f"{place.state.name}-workspace"
    root.mkdir(exist_ok=True)
    settings = _SETTINGS.format(port=port, lanes=lanes, batch_size=batch_size)
    (root / "trax.yaml").write_text(settings, encoding="utf-8")
    environ = {**os.environ, "TRAX_STATE": str(place.state), "SENDGRID_API_KEY": "benchmark"}
    environ.pop("TRAX_DATABASE", None)
    if place.server:
        environ["TRAX_DATABASE"] = place.url
    return Office(root=root, environ=environ)


@contextlib.contextmanager
def ended(processes: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Kill whichever of these processes still runs at the end; the list may change until then."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
