"""Bytes to and from a mail server: replies as they come in, time-outs, and a final dot held back."""

from __future__ import annotations

import asyncio
import socket
from enum import Enum, auto

from trax_mailer.delivery.transports.smtp.replies import Garbled, Reply, ReplyReader
from trax_mailer.model.server_words import in_words


class Fault(Enum):
    """Why a connection ended."""

    LOST = auto()
    """The other side ended it, or the way to it did."""
    SILENT = auto()
    """No answer came in time."""
    UNCLEAR = auto()
    """What came is no answer to what was said."""
    CLOSED = auto()
    """This side ended it."""


class Channel(asyncio.Protocol):
    """What a conversation says and hears. Takes over a connected transport (`set_protocol`).

    `gone` is done once the connection is no more. `shortest` is the shortest time-out in use, in seconds.
    """

    def __init__(self, transport: asyncio.Transport, *, shortest: float) -> None:
        self.over = False
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._shortest = shortest
        self._replies = ReplyReader()
        self._deadline: float | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._held: tuple[bytes, ...] = ()
        self._paused = False
        self._unwritten = 0
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=0)
        own = transport.get_extra_info("socket")
        # What is well below the socket's own buffer leaves in one go, the dot included.
        self._in_one_go = own.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 2

    def replied(self, reply: Reply) -> None:
        """A reply is complete."""
        raise NotImplementedError

    def heard(self) -> None:
        """All replies that were there are taken in."""
        raise NotImplementedError

    def ended(self, fault: Fault, reason: str) -> None:
        """The connection ended; called once."""
        raise NotImplementedError

    def failed(self, error: BaseException) -> None:
        """Taking in a reply went wrong on this side."""
        raise NotImplementedError

    def say(self, *parts: bytes) -> None:
        """Send `parts`, one after another, in one flight."""
        self._transport.writelines(parts)

    def say_body(self, body: bytes, *dot: bytes) -> None:
        """Send a message's body and then `dot`: at once, or once a long body has left (see `holds_dot`)."""
        if len(body) <= self._in_one_go:
            self._transport.writelines((body, *dot))
            return
        self._held = dot
        self._transport.write(body)
        self._unwritten = self._transport.get_write_buffer_size()
        if not self._paused:
            self._release()

    @property
    def holds_dot(self) -> bool:
        """Whether a body is under way whose dot surely was not sent."""
        return bool(self._held)

    def end(self, fault: Fault, reason: str) -> None:
        """End the connection at once."""
        if self.over:
            return
        self.over = True
        if self._alarm is not None:
            self._alarm.cancel()
        self._transport.abort()
        self.ended(fault, reason)

    def wait_at_most(self, seconds: float | None) -> None:
        """The next reply must come within so many seconds; None where none is awaited."""
        self._deadline = None if seconds is None else self._loop.time() + seconds
        if self._deadline is not None and self._alarm is None:
            self._alarm = self._loop.call_later(self._shortest, self._look)

    def data_received(self, data: bytes) -> None:
        """Take in replies, or pieces of them."""
        try:
            for reply in self._replies.feed(data):
                if self.over:
                    return
                self.replied(reply)
            if not self.over:
                self.heard()
        except Garbled as garbled:
            self.end(Fault.UNCLEAR, f"the mail server's answer is unclear: {garbled}")
        except BaseException as error:  # noqa: BLE001 - is raised again where the sending was asked for
            self.failed(error)

    def eof_received(self) -> None:
        """The server will say nothing more."""
        self.end(Fault.LOST, "the mail server ended the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is no more."""
        self.end(Fault.LOST, in_words(str(exc or "")) or "the mail server ended the connection")
        if not self.gone.done():
            self.gone.set_result(None)

    def pause_writing(self) -> None:
        """Not everything has left."""
        self._paused = True

    def resume_writing(self) -> None:
        """Everything has left."""
        self._paused = False
        if self._held and not self.over:
            self._release()

    def _release(self) -> None:
        dot, self._held = self._held, ()
        self._transport.writelines(dot)

    def _look(self) -> None:
        """Whether the time is over; a long body may take its time as long as it moves."""
        self._alarm = None
        if self._deadline is None:
            return
        now = self._loop.time()
        if self._held:
            left = self._transport.get_write_buffer_size()
            if left < self._unwritten:
                self._unwritten, self._deadline = left, now + self._shortest
        if now < self._deadline:
            self._alarm = self._loop.call_later(min(self._deadline - now, self._shortest), self._look)
        else:
            self.end(Fault.SILENT, "the mail server did not answer in time")
