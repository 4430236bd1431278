"""Real mail servers on this machine: a good one, and one that misbehaves as a test says."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from contracts.ports import free_port

USER, PASSWORD = "newsletter", "a secret of the tests"


class Inbox:
    """Keeps what arrives; `replies` gives the server's answer to a step (`MAIL`, `RCPT`, `DATA`)."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[str], bytes]] = []
        self.sessions: set[int] = set()
        self.replies: Callable[[str, str], str | None] = lambda _step, _address: None

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if refusal := self.replies("MAIL", address):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if refusal := self.replies("RCPT", address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if refusal := self.replies("DATA", envelope.rcpt_tos[0]):
            return refusal
        self.sessions.add(id(session))
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return f"250 OK queued as {len(self.messages)}"


@contextmanager
def mail_server(
    inbox: Inbox, *, tls=None, implicit_tls: bool = False, password: str = PASSWORD, **options
) -> Iterator[int]:
    """A mail server with STARTTLS and a login where `tls` is given, or with TLS from the start; its port."""

    def check_login(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == (USER.encode(), password.encode())
        return AuthResult(success=good, handled=False)

    port = free_port()
    if tls is not None:
        if implicit_tls:
            options |= {"ssl_context": tls}
        else:
            options |= {"tls_context": tls, "require_starttls": True}
            options |= {"authenticator": check_login, "auth_required": True}
    controller = Controller(inbox, hostname="127.0.0.1", port=port, ready_timeout=10, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does with each connection what `talk` says; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                with suppress(OSError):
                    talk(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listening.close()


def drop_after_dot(connection: socket.socket) -> None:
    """Take a whole message, then end the connection without a word."""
    converse(connection, at_dot=lambda _: None)


def converse(connection: socket.socket, *, at_dot: Callable[[socket.socket], None]) -> None:
    """A plain mail server up to the dot; `at_dot` does the rest."""
    connection.sendall(b"220 hello\r\n")
    lines = connection.makefile("rb")
    for line in lines:
        command = line.split()[0].upper() if line.split() else b""
        if command == b"DATA":
            connection.sendall(b"354 go on\r\n")
            for content in lines:
                if content == b".\r\n":
                    at_dot(connection)
                    return
        elif command == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        else:
            connection.sendall(b"250 ok\r\n")
