"""Servers as processes of their own, as `trax` runs them."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

STARTS_WITHIN = 30
ENDS_WITHIN = 10


def unused_port():
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Server:
    """A running server. `address` has a trailing slash."""

    def __init__(self, process):
        self.process = process
        self.said = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._ready.wait(STARTS_WITHIN), "the server said no address"
        found = re.search(r"http://\S+/", " ".join(self.said))
        assert found, f"the server did not start: {self.said} {self.errors()}"
        self.address = found[0]

    def end(self, number=signal.SIGTERM):
        """Send the signal, wait; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(ENDS_WITHIN)
        self._reader.join(ENDS_WITHIN)
        return code

    def errors(self):
        """What an ended server wrote to standard error."""
        return self.process.stderr.read()

    def _read(self):
        for line in self.process.stdout:
            self.said.append(line.strip())
            if "http://" in line:
                self._ready.set()
        self._ready.set()


@contextmanager
def running(program, *arguments):
    """Run a Python program that says its address on standard output; ended at the end, if it has not."""
    command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            server = Server(process)
            yield server
            server.end()
        finally:
            if process.poll() is None:
                process.kill()


SERVE_PUBLIC = """
import sys
from pathlib import Path
from trax_mailer.errors import TraxError
from trax_mailer.settings import load_settings
from trax_mailer.web.public import serve
settings = load_settings(Path(sys.argv[1]), environ={}, state=Path(sys.argv[2]))
try:
    serve(settings, host="127.0.0.1", port=int(sys.argv[3]), say=lambda words: print(words, flush=True))
except TraxError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""

SERVE_PREVIEW = """
import sys
from pathlib import Path
from trax_mailer.web.preview import serve
serve(
    Path(sys.argv[1]), None, port=int(sys.argv[3]), open_browser=False, list_name=None,
    state=Path(sys.argv[2]), say=lambda words: print(words, flush=True),
)
"""
