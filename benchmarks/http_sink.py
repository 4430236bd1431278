"""A SendGrid that accepts everything: `python -m benchmarks.http_sink`, its port on standard output.

Answers every POST with 202 once the body is whole; keeps the first bodies, to be read back at /body/<n>.
As little as an HTTP server can do, so that what is measured is the client.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import cast

_HEAD_END = b"\r\n\r\n"
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: benchmark\r\nContent-Length: 0\r\n"


class _Sink(asyncio.Protocol):
    def __init__(self, kept: list[bytes], *, keep: int, delay: float) -> None:
        self._kept = kept
        self._keep = keep
        self._delay = delay
        self._head = b""
        self._body: list[bytes] = []
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            self._head += data
            if _HEAD_END not in self._head:
                return
            head, _, data = self._head.partition(_HEAD_END)
            self._head = b""
            self._start(head)
        if len(self._kept) < self._keep:
            self._body.append(data)
        self._missing -= len(data)
        if self._missing <= 0:
            self._end()

    def _start(self, head: bytes) -> None:
        request, *lines = head.split(b"\r\n")
        self._path = request.split(b" ")[1]
        fields = dict(line.lower().split(b":", 1) for line in lines)
        self._missing = int(fields.get(b"content-length", b"0"))
        self._closing = fields.get(b"connection", b"").strip() == b"close"

    def _end(self) -> None:
        self._missing = 0
        if self._path.startswith(b"/body/"):
            body = self._kept[int(self._path.rpartition(b"/")[2])]
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        if len(self._kept) < self._keep:
            self._kept.append(b"".join(self._body))
        self._body = []
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        if self._transport.is_closing():
            return  # whoever called was killed meanwhile
        self._transport.write(_ACCEPTED + (b"Connection: close\r\n\r\n" if self._closing else b"\r\n"))
        if self._closing:
            self._transport.close()


async def _serve(*, keep: int, delay: float) -> None:
    kept: list[bytes] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Sink(kept, keep=keep, delay=delay), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """Serve until it is killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=int, default=0, help="so many bodies are kept")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    arguments = parser.parse_args()
    import uvloop

    uvloop.run(_serve(keep=arguments.keep, delay=arguments.delay))


if __name__ == "__main__":
    main()
