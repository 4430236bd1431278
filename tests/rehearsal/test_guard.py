import subprocess
import sys

import pytest

from trax_mailer.rehearsal import sink_thread
from trax_mailer.rehearsal.guard import is_here

PROGRAM = """
import sys, asyncio, socket, smtplib, urllib.request, subprocess, os
from trax_mailer.errors import Refused
from trax_mailer.rehearsal import stay_on_this_machine
stay_on_this_machine()
port = int(sys.argv[1])
async def connect(host):
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, host, port)
    transport.close()
async def datagram(host):
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, 53))
async def look_up(host):
    await asyncio.get_running_loop().getaddrinfo(host, 25)
def plainly(host):
    socket.create_connection((host, port), 2).close()
def by_datagram(host):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (host, 9))
def with_uvloop(what):
    import uvloop
    return lambda host: uvloop.run(what(host))
ways = {
    "socket": plainly,
    "datagram": by_datagram,
    "smtplib": lambda host: smtplib.SMTP(host, port, "x", timeout=2).close(),
    "asyncio": lambda host: asyncio.run(connect(host)),
    "uvloop": with_uvloop(connect),
    "uvloop datagram": with_uvloop(datagram),
    "uvloop look-up": with_uvloop(look_up),
    "subprocess": lambda host: subprocess.run(["true"]) if host != "127.0.0.1" else None,
    "uvloop subprocess": lambda host: with_uvloop(
        lambda _: asyncio.create_subprocess_exec("true"))(host) if host != "127.0.0.1" else None,
}
way = ways[sys.argv[2]]
way("127.0.0.1")
for host in ("192.0.2.1", "mail.example.org", "2001:db8::1"):
    if sys.argv[2] == "datagram" and host != "192.0.2.1":
        continue  # a plain socket of this family looks names up before anybody is asked
    try:
        way(host)
    except Refused:
        continue
    sys.exit(f"reached out to {host}")
"""


@pytest.mark.parametrize(
    "way",
    [
        "socket", "datagram", "smtplib", "asyncio", "uvloop", "uvloop datagram", "uvloop look-up",
        "subprocess", "uvloop subprocess",
    ],
)  # fmt: skip
def test_nothing_but_this_machine_is_reached_when_the_guard_is_on(way, record):
    if way.startswith("uvloop"):
        pytest.importorskip("uvloop")
    with sink_thread("smtp", record) as port:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(port), way],
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "::1", "localhost", b"127.0.0.1", None])
def test_host_is_here_when_it_is_a_name_of_this_machine(host):
    assert is_here(host)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "0.0.0.0", "mail.example.org", "localhost.example.org", b"\xff"]
)
def test_host_is_elsewhere_when_it_is_not_surely_this_machine(host):
    assert not is_here(host)
