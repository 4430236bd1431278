"""A mail server that does at each step what a test says, and writes down what it took."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

HANG, CUT, TAKE_AND_CUT, HALF_REPLY = "hang", "cut", "take and cut", "half a reply"
"""What may happen instead of a reply. With TAKE_AND_CUT the message is taken, and nobody is told."""


class FaultyServer:
    """`act(step, address, number)` gives a reply, one of the words above, or None for the usual reply.

    Steps are GREET, EHLO, MAIL, RCPT, DATA, BODY (in the middle of the message) and DOT; `number` counts
    the messages of the connection from 1, `address` is empty up to RCPT. `taken` are the addresses of the
    messages taken, in order; `wrong` what no mail server should ever get to hear.
    """

    def __init__(self, act: Callable[[str, str, int], str | None] = lambda *_: None) -> None:
        self.act = act
        self.pipelining = True
        self.piece = 0
        self.many_lines = False
        self.small_buffer = False
        self.taken: list[str] = []
        self.bodies: dict[str, bytes] = {}
        self.wrong: list[str] = []
        self.connections = 0
        self.over = threading.Event()

    def talk(self, connection: socket.socket) -> None:
        """Serve one connection."""
        self.connections += 1
        with connection, suppress(_Cut, OSError):
            _Session(self, connection).run()


class _Cut(Exception):
    """The server ends the connection here."""


class _Session:
    def __init__(self, server: FaultyServer, connection: socket.socket) -> None:
        self.server, self.connection = server, connection
        self.lines = connection.makefile("rb")
        self.address, self.open, self.number = "", False, 0

    def run(self) -> None:
        self.step("GREET", "220 hello")
        for line in self.lines:
            verb = line.split()[0].split(b":")[0].upper() if line.split() else b""
            match verb:
                case b"EHLO" | b"HELO":
                    self.step("EHLO", "\r\n".join(self.offers()))
                case b"MAIL":
                    self.number += 1
                    self.open = self.step("MAIL", "503 nested MAIL" if self.open else "250 ok")
                case b"RCPT":
                    self.rcpt(line.split(b"<")[1].split(b">")[0].decode())
                case b"DATA":
                    self.data()
                case b"RSET":
                    self.address, self.open = "", False
                    self.reply("250 ok")
                case b"QUIT":
                    self.reply("221 bye")
                    return
                case _:
                    self.server.wrong.append(line.decode()[:80])
                    self.reply("500 what?")

    def offers(self) -> list[str]:
        offers = ["hello", "SIZE 0", *(["PIPELINING"] if self.server.pipelining else []), "8BITMIME"]
        return [*(f"250-{one}" for one in offers[:-1]), f"250 {offers[-1]}"]

    def rcpt(self, address: str) -> None:
        if not self.open:
            self.reply("503 no MAIL")
        elif self.step("RCPT", "250 ok", address):
            self.address = address

    def data(self) -> None:
        if not self.step("DATA", "354 go on" if self.address else "554 nobody to send to"):
            return
        body = bytearray()
        for line in self.lines:
            if line == b".\r\n":
                break
            body += line
            if self.server.act("BODY", self.address, self.number) == CUT:
                raise _Cut
        else:
            raise _Cut
        address, self.address, self.open = self.address, "", False
        if not address:
            self.reply("554 nobody to send to")
            if body:
                self.server.wrong.append("a body for nobody")
            return
        self.server.bodies[address] = bytes(body)
        self.step("DOT", f"250 2.0.0 taken as {len(self.server.taken) + 1}", address)

    def step(self, step: str, usual: str, address: str = "") -> bool:
        """Reply, or what the test wants instead. Says whether the reply was a good one."""
        act = self.server.act(step, address or self.address, self.number)
        said = act or usual
        if step == "DOT" and (said[0] == "2" or act in {TAKE_AND_CUT, HALF_REPLY}):
            self.server.taken.append(address)
        if act == HANG:
            self.server.over.wait(10)
        if act == HALF_REPLY:
            self.reply("25", end="")
        if act in {HANG, CUT, TAKE_AND_CUT, HALF_REPLY}:
            raise _Cut
        self.reply(said)
        if said.startswith("421"):
            raise _Cut
        return said[0] in "23"

    def reply(self, words: str, end: str = "\r\n") -> None:
        if self.server.many_lines and "\r\n" not in words and end:
            words = f"{words[:3]}-and so on\r\n{words}"
        said = (words + end).encode()
        piece = self.server.piece or len(said)
        for start in range(0, len(said), piece):
            self.connection.sendall(said[start : start + piece])


@contextmanager
def faulty_server(server: FaultyServer) -> Iterator[int]:
    """Run it, each connection in a thread of its own; gives its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    if server.small_buffer:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    listening.settimeout(0.05)
    threads: list[threading.Thread] = []
    connections: list[socket.socket] = []

    def serve() -> None:
        while not server.over.is_set():
            with suppress(TimeoutError):
                connection, _ = listening.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections.append(connection)
                threads.append(threading.Thread(target=server.talk, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=serve)
    accepting.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.over.set()
        accepting.join()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        listening.close()
