"""The guard of a rehearsal: this process can reach nothing but this machine, whatever its code tries.

It rests on the audit events of CPython (PEP 578), which every connection of the standard library raises
before it is made, and which cannot be switched off once on. Where a name, not an address, is given straight
to a socket, C looks it up first; the connection is refused all the same. uvloop connects without Python's
sockets: its loops get checks of their own.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import ipaddress
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from trax_mailer.errors import Refused

_NAMES = {"localhost", "127.0.0.1", "::1"}
_CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_LOOKING_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyname_ex"}
_STARTING = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"}
_ROUND_PYTHON = {"psycopg", "psycopg_c", "psycopg_binary"}
"""Libraries in C that open connections of their own."""
_LOOP_METHODS = (
    "create_connection",
    "create_datagram_endpoint",
    "getaddrinfo",
    "subprocess_exec",
    "subprocess_shell",
)


def stay_on_this_machine() -> None:
    """From now on, until this process ends, an attempt to reach anything else raises Refused.

    Starting other programs is refused as well, since the guard would not hold in them.
    """
    sys.addaudithook(_check)
    _guard_uvloop()


def is_here(host: object) -> bool:
    """Whether `host`, a name or an address, is this machine. None, as for binding, is."""
    if host is None or host in _NAMES:
        return True
    words = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return words in _NAMES or ipaddress.ip_address(words.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _check(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CONNECTING:
        address = arguments[1]
        # A string or bytes is a path: a socket of this machine. sendmsg has None on a connected socket.
        if isinstance(address, tuple) and not is_here(address[0]):
            _refuse(f"connect to {address[0]}")
    elif event in _LOOKING_UP:
        if not is_here(arguments[0]):
            _refuse(f"look up {arguments[0]}")
    elif event in _STARTING:
        _refuse("start another program")
    elif event == "import" and str(arguments[0]).partition(".")[0] in _ROUND_PYTHON:
        _refuse("use another database than its own copy")


def _guard_uvloop() -> None:
    """Give uvloop's loops checks of their own: libuv connects and looks up names without an audit event."""
    try:
        import uvloop
    except ImportError:
        return
    checked = {name: _checked(getattr(uvloop.Loop, name)) for name in _LOOP_METHODS}
    # uvloop.run and uvloop.new_event_loop look the class up by this name.
    setattr(uvloop, "Loop", type("GuardedLoop", (uvloop.Loop,), checked))  # noqa: B010


def _checked(method: Callable[..., object]) -> Callable[..., object]:
    """`method` of a loop, refusing every host, given by name or by place, that is not this machine."""
    signature = inspect.signature(getattr(asyncio.AbstractEventLoop, method.__name__))

    @functools.wraps(method)
    def guarded(*arguments: object, **named: object) -> object:
        given = signature.bind_partial(*arguments, **named).arguments
        remote = given.get("remote_addr")
        for host in (given.get("host"), remote[0] if isinstance(remote, tuple) else None):
            if not is_here(host):
                _refuse(f"connect to {host}")
        if "subprocess" in method.__name__:
            _refuse("start another program")
        return method(*arguments, **named)

    return guarded


def _refuse(what: str) -> NoReturn:
    raise Refused(
        f"A rehearsal tried to {what}, and was kept from it.",
        advice="This is a fault of the program: nothing of a rehearsal may leave this machine. Report it.",
    )
