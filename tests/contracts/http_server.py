"""An HTTP server on this machine that records requests and answers, or fails, as a test says."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    status: int = 202
    body: bytes | dict | list = b""
    headers: dict[str, str] = field(default_factory=dict)


ACCEPTED = Reply(202, headers={"X-Message-Id": "message-id-1"})
HANG, RESET = "hang", "reset"


@dataclass
class Api:
    """`answer` decides on each request: a Reply, or HANG or RESET once the body is read."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[Request], Reply | str] = lambda _request: Reply(
        headers={"X-Message-Id": "message-id-1"}
    )
    over: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request, client_address):
        """Clients that go away are part of the tests."""


@contextmanager
def http_server() -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            api.requests.append(request)
            reply = api.answer(request)
            if reply == HANG:
                api.over.wait(20)
                return
            if reply == RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not isinstance(reply.body, bytes):
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_):
            """Tests read what was recorded."""

    server = _Server(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        api.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
