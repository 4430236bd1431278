"""One conversation with the pretend mail server (RFC 5321): commands and messages in, replies out.

It offers PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152) and SMTPUTF8 (RFC 6531), with
enhanced status codes (RFC 3463).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import cast

from trax_mailer.rehearsal.faults import UNCLEAR, Fate
from trax_mailer.rehearsal.smtp_intake import Intake

MOST_BYTES = 52_428_800
_GREETING = b"220 rehearsal.invalid ESMTP nothing leaves this machine\r\n"
_EHLO = (
    b"250-rehearsal.invalid\r\n250-PIPELINING\r\n"
    b"250-SIZE %d\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n" % MOST_BYTES
)
_ADDRESS = re.compile(rb"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)
_END = b"\r\n.\r\n"


class SmtpSession(asyncio.Protocol):
    """One connection. Answers to pipelined commands leave together."""

    def __init__(self, intake: Intake, *, open_ones: set[asyncio.Transport]) -> None:
        self._intake = intake
        self._open_ones = open_ones
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._sender = False
        self._readers: list[tuple[str, Fate]] = []
        self._in_message = False
        self._seen = 0
        self._held = False
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet whoever called (RFC 5321 §3.1)."""
        self._transport = cast("asyncio.Transport", transport)
        self._open_ones.add(self._transport)
        self._transport.write(_GREETING)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection."""
        self._over = True
        self._open_ones.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Handle what is whole, and keep the rest until more of it comes."""
        if self._over:
            return
        self._buffer += data
        self._work()

    def _work(self) -> None:
        while not self._held and not self._over and self._step():
            pass
        if self._out and not self._transport.is_closing():
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _step(self) -> bool:
        """Handle one command or one message. False where the buffer holds no whole one."""
        if self._in_message:
            # An empty message has its dot right at the beginning (RFC 5321 §4.1.1.4).
            at = -2 if self._buffer.startswith(b".\r\n") else self._buffer.find(_END, self._seen)
            if at == -1:
                self._seen = max(0, len(self._buffer) - len(_END) + 1)
                return False
            message = bytes(self._buffer[: at + 2])
            del self._buffer[: at + len(_END)]
            self._in_message = False
            self._end_message(message)
            return True
        line, found, _ = self._buffer.partition(b"\r\n")
        if not found:
            return False
        del self._buffer[: len(line) + 2]
        self._command(bytes(line))
        return True

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"QUIT":
            self._transport.write(b"".join([*self._out, b"221 2.0.0 Goodbye\r\n"]))
            self._out.clear()
            self._over = True
            self._transport.close()
            return
        match verb:
            case b"EHLO":
                self._start_anew(_EHLO)
            case b"HELO":
                self._start_anew(b"250 rehearsal.invalid\r\n")
            case b"RSET":
                self._start_anew(b"250 2.0.0 Forgotten\r\n")
            case b"MAIL":
                self._mail(line)
            case b"RCPT":
                self._rcpt(line)
            case b"DATA":
                self._data()
            case b"NOOP":
                self._out.append(b"250 2.0.0 OK\r\n")
            case _:
                self._out.append(b"500 5.5.2 Not known here\r\n")

    def _start_anew(self, reply: bytes) -> None:
        self._forget()
        self._out.append(reply)

    def _forget(self) -> None:
        self._sender = False
        self._readers = []

    def _mail(self, line: bytes) -> None:
        self._forget()
        self._sender = _ADDRESS.search(line) is not None
        self._out.append(b"250 2.1.0 OK\r\n" if self._sender else b"501 5.5.4 MAIL FROM:<address>\r\n")

    def _rcpt(self, line: bytes) -> None:
        found = _ADDRESS.search(line)
        if found is None or not self._sender:
            self._out.append(b"503 5.5.1 MAIL FROM first, then RCPT TO:<address>\r\n")
            return
        address = found[1].decode("utf-8", "replace").casefold()
        fate = self._intake.hear_of(address)
        if fate is Fate.REFUSED:
            self._out.append(b"550 5.1.1 No such reader in this rehearsal\r\n")
        elif fate is Fate.PUT_OFF:
            self._out.append(b"451 4.7.1 Not now: a rehearsed delay\r\n")
        else:
            self._readers.append((address, fate))
            self._out.append(b"250 2.1.5 OK\r\n")

    def _data(self) -> None:
        if not self._readers:
            self._out.append(b"554 5.5.1 No recipient was accepted\r\n")
            return
        self._in_message, self._seen = True, 0
        self._out.append(b"354 Go on, end with a dot\r\n")

    def _end_message(self, message: bytes) -> None:
        """Answer the message after its time; half of it goes by before the message counts as taken."""
        readers, half = self._readers, self._intake.seconds / 2
        self._forget()
        if not half:
            self._settle(message, readers)
            return
        self._hold(half, lambda: self._settle(message, readers, late=half))

    def _settle(self, message: bytes, readers: list[tuple[str, Fate]], *, late: float = 0) -> None:
        """Have the message taken, or not; then answer, late or never."""
        call, fate = self._intake.take(message, readers)
        if fate in UNCLEAR:
            self._fall_silent(drop=fate not in {Fate.HANG_BEFORE, Fate.HANG_AFTER})
            return
        self._out.append(b"250 2.0.0 Taken as %d\r\n" % call)
        if late:
            self._hold(late, lambda: None)

    def _hold(self, seconds: float, then: Callable[[], None]) -> None:
        """Keep back the answers and all that follows for a while; nothing more where the sender is gone."""
        kept, self._out = self._out, []
        self._held = True

        def go_on() -> None:
            self._held = False
            self._out = kept
            if not self._over:
                then()
                self._work()

        asyncio.get_running_loop().call_later(seconds, go_on)

    def _fall_silent(self, *, drop: bool) -> None:
        """Answer what came before, then nothing more, on this connection."""
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()
        self._over = True
        if drop:
            self._transport.close()
