"""The public tools of the web benchmarks: wrk, which asks, and nginx, which answers; installed if missing."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

CONNECTIONS = 32
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
_SCRIPT = """\
local asked, place = {}, 0
init = function(args)
  for path in io.lines(args[1]) do asked[#asked + 1] = wrk.format("GET", path) end
end
request = function()
  place = place % #asked + 1
  return asked[place]
end
"""
_NGINX = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{ listen 127.0.0.1:{port}; location / {{ empty_gif; }} }}
}}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run of wrk saw: answers a second, answers in all, milliseconds of 99 in a hundred, failures."""

    per_second: float
    answers: int
    slowest: str
    failures: int


def need(*programs: tuple[str, str]) -> None:
    """Install what is missing, given as program and Debian package. Ends the benchmark where it cannot."""
    missing = [package for program, package in programs if _find(program) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SystemExit(f"This benchmark needs {' and '.join(missing)}; install them first.")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        subprocess.run(["apt-get", *command], check=True, env=environment, capture_output=True)  # noqa: S603, S607


def ask(port: int, paths: Sequence[str], *, seconds: int, folder: Path) -> Asked:
    """Ask for the paths in turn, over 32 connections, for so long."""
    script, listed = folder / "ask.lua", folder / "paths"
    script.write_text(_SCRIPT, encoding="ascii")
    listed.write_text("\n".join(paths) + "\n", encoding="ascii")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency", "-H", f"User-Agent: {AGENT}"]
    done = subprocess.run(  # noqa: S603 - our own arguments
        [*command, "-s", str(script), f"http://127.0.0.1:{port}/", "--", str(listed)],
        check=True,
        capture_output=True,
        text=True,
        timeout=seconds + 60,
    )
    said = done.stdout
    failures = re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", said)
    return Asked(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
        answers=int(_found(r"(\d+) requests in", said)),
        slowest=_found(r"99%\s+(\S+)", said),
        failures=sum(map(int, failures)),
    )


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[int]:
    """Nginx with its `empty_gif` at every address; yields its port."""
    place = folder / "nginx"
    place.mkdir()
    port = unused_port()
    settings = place / "nginx.conf"
    settings.write_text(_NGINX.format(folder=place, port=port), encoding="utf-8")
    program = _find("nginx") or "nginx"
    command = [program, "-c", str(settings), "-e", str(place / "error.log")]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own arguments
        try:
            wait_for(port, "/")
            yield port
        finally:
            process.terminate()


def unused_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(port: int, path: str, *, seconds: float = 30) -> None:
    """Wait until that server answers."""
    until = time.monotonic() + seconds
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _find(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def _found(pattern: str, said: str) -> str:
    match = re.search(pattern, said)
    if match is None:
        raise SystemExit(f"wrk said nothing that can be read:\n{said}")
    return match[1]
