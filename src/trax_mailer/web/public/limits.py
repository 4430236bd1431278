"""How often a form may be sent: counted in memory for each client, and for all of them together."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from starlette.requests import Request

PER_CLIENT, CLIENT_SECONDS = 10, 600.0
"""So many forms from one client within that time."""

TOGETHER, TOGETHER_SECONDS = 1000, 3600.0
"""So many from all: who has many addresses must not have us mail the whole world."""

_MOST_CLIENTS = 50_000


class Limits:
    """Counts. Clients are known by a hash that means nothing elsewhere; nothing is kept or logged."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(16)
        self._clients: OrderedDict[bytes, deque[float]] = OrderedDict()
        self._all: deque[float] = deque()
        self._lock = Lock()

    def allow(self, request: Request) -> bool:
        """Whether the client may send a form now; counts it where it may."""
        name = hashlib.blake2b(client_of(request).encode(), key=self._secret, digest_size=16).digest()
        now = self._clock()
        with self._lock:
            sent = self._clients.setdefault(name, deque())
            self._clients.move_to_end(name)
            if len(self._clients) > _MOST_CLIENTS:
                self._clients.popitem(last=False)
            _drop(sent, before=now - CLIENT_SECONDS)
            _drop(self._all, before=now - TOGETHER_SECONDS)
            if len(sent) >= PER_CLIENT or len(self._all) >= TOGETHER:
                return False
            sent.append(now)
            self._all.append(now)
        return True


def client_of(request: Request) -> str:
    """Who asks: the peer, or whom a web server on this machine or network asks for. IPv6 by its /64."""
    peer = request.client.host if request.client else ""
    named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    address = _address(peer)
    if named and (address is None or address.is_loopback or address.is_private):
        address, peer = _address(named), named[:64]
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address or peer)


def _address(words: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(words)
    except ValueError:
        return None


def _drop(times: deque[float], *, before: float) -> None:
    while times and times[0] < before:
        times.popleft()
