"""Messages over one connection, several commands to a flight where the server allows it (RFC 2920).

A message takes one round trip: its body and final dot travel with the next message's MAIL, RCPT and DATA.
A body is never sent before the 354 of its own DATA. Before its final dot is written nothing can have been
sent; from then on only the server's reply says whether it was.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.smtp.channel import Channel, Fault
from trax_mailer.delivery.transports.smtp.connection import Line
from trax_mailer.delivery.transports.smtp.parcel import Parcel
from trax_mailer.delivery.transports.smtp.replies import Reply
from trax_mailer.delivery.transports.smtp.window import Window

CLOSING = 421
"""The server is closing the connection (RFC 5321 §4.2.2)."""

_DOT = b".\r\n"


class _Step(Enum):
    """What a reply is awaited to."""

    RSET = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    DOT = auto()
    LONE_DOT = auto()
    """The end of a message without recipients, which the server asked for all the same."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a conversation ended; `again` says that a new connection may do better at once."""

    verdict: Verdict
    reason: str
    again: bool = False


class Conversation(Channel):
    """Hands over one window after another. Time-outs in seconds: for commands, and for the final dot."""

    def __init__(self, line: Line, *, timeout: float, answer_timeout: float) -> None:
        super().__init__(line.transport, shortest=min(timeout, answer_timeout))
        self.ending: Ending | None = None
        self.idle_since = self._loop.time()
        self._extensions = line.extensions
        self._pipelining = "pipelining" in line.extensions
        self._timeout, self._answer_timeout = timeout, answer_timeout
        self._expected: deque[_Step] = deque()
        self._script: deque[tuple[_Step, bytes]] = deque()  # commands for later, one by one
        self._window: Window | None = None
        self._done: asyncio.Future[None] | None = None
        self._opening: Parcel | None = None  # its envelope is under way
        self._closing: Parcel | None = None  # its body is under way, or the answer to it awaited
        self._must_reset = False
        self._windows = self._accepted = 0

    def hand_over(self, window: Window) -> asyncio.Future[None]:
        """Take recipients until there are none; the future is done then, or when the connection ends."""
        self._window, self._accepted = window, 0
        self._windows += 1
        self._done = self._loop.create_future()
        self._go_on()
        self.heard()
        return self._done

    def say_goodbye(self) -> None:
        """Ask the server to end an idle connection: see `gone`."""
        self._window = None
        if not self.over:
            self.say(b"QUIT\r\n")

    def replied(self, reply: Reply) -> None:
        """Go on by what the server said."""
        if not self._expected or self._window is None:
            fault = Fault.LOST if reply.code == CLOSING else Fault.UNCLEAR
            self.end(fault, f"the mail server spoke unasked: {reply}")
            return
        step = self._expected.popleft()
        if self._closing is not None and step is _Step.DOT:
            self._after_dot(self._closing, self._window, reply)
        elif self._opening is not None and step is _Step.DATA:
            self._after_data(self._opening, self._window, reply)
        elif self._opening is not None and step is not _Step.LONE_DOT:
            self._after_command(step, self._opening, reply)
        elif reply.code == CLOSING:
            self._leave(reply)
        else:
            self._go_on()

    def heard(self) -> None:
        """Wait for the next reply; without one to wait for, the window is done."""
        if self._expected:
            patient = self._closing is not None and not self.holds_dot
            self.wait_at_most(self._answer_timeout if patient else self._timeout)
            return
        self.wait_at_most(None)
        self.idle_since = self._loop.time()
        self._finish()

    def ended(self, fault: Fault, reason: str) -> None:
        """Settle whose message was under way."""
        opening, closing, window = self._opening, self._closing, self._window
        kept = self._windows > 1
        useful = kept or self._accepted > 0
        if self.ending is None:
            stale = fault is Fault.SILENT and kept and not self._accepted
            again = (fault is Fault.LOST and useful) or stale
            self.ending = Ending(Verdict.NOT_SENT, reason, again=again and closing is None)
        early = f"the connection ended before the message did: {reason}"
        if window is not None and closing is not None:
            if self.holds_dot:
                window.put_back(closing, early, suspect=not useful)
            else:
                window.lose_sight(closing, f"no answer after the message was handed over: {reason}")
        if window is not None and opening is not None:
            if opening.refusal is None:
                window.put_back(opening, early, suspect=not useful)
            else:
                window.refuse(opening, opening.refusal)
        self._finish()

    def failed(self, error: BaseException) -> None:
        """Let whoever waits for the window know."""
        done, self._done = self._done, None
        self.end(Fault.CLOSED, type(error).__name__)
        if done is not None and not done.done():
            done.set_exception(error)

    def _finish(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def _go_on(self, *before: bytes) -> None:
        """Send `before`, and with it the next message's envelope where it is its turn."""
        flight = () if self._opening or self._closing else self._next_flight()
        if before or flight:
            self.say(*before, *flight)

    def _next_flight(self) -> tuple[bytes, ...]:
        """The next message's envelope: all of it, or its first command where there is no pipelining."""
        parcel = self._window.next(self._extensions) if self._window is not None else None
        if parcel is None:
            return ()
        self._opening = parcel
        script = [(_Step.MAIL, parcel.mail), (_Step.RCPT, parcel.rcpt), (_Step.DATA, b"DATA\r\n")]
        if self._must_reset:
            script.insert(0, (_Step.RSET, b"RSET\r\n"))
            self._must_reset = False
        now = len(script) if self._pipelining else 1
        self._script.extend(script[now:])
        self._expected.extend(step for step, _ in script[:now])
        return tuple(command for _, command in script[:now])

    def _after_command(self, step: _Step, parcel: Parcel, reply: Reply) -> None:
        if reply.kind == 2:
            if self._script:
                following, command = self._script.popleft()
                self._expected.append(following)
                self.say(command)
        elif reply.kind == 3 or (step is _Step.RSET and reply.code != CLOSING):
            self._misunderstood(reply)
        elif step is _Step.RCPT:
            parcel.refusal = reply
            if reply.code == CLOSING:
                self._leave(reply)
            elif not self._pipelining:
                self._conclude(parcel)
                self._go_on()
        elif reply.code == CLOSING:
            self._leave(reply, again=self._windows > 1 or self._accepted > 0)
        elif self._window is not None:
            # No recipient was named yet, so the sender, the size or the moment is refused: for everybody.
            verdict = Verdict.STOPPED if reply.kind == 5 else Verdict.THROTTLED
            self._window.stop(verdict, f"the mail server refuses the message: {reply}")
            self.end(Fault.CLOSED, "the mail server refuses the message")

    def _after_data(self, parcel: Parcel, window: Window, reply: Reply) -> None:
        if reply.kind == 2:
            self._misunderstood(reply)
        elif reply.kind == 3 and parcel.refusal is not None:
            # Nobody is named, and yet a message is awaited: an empty one (RFC 2920 §3.1).
            self._conclude(parcel)
            self._expected.append(_Step.LONE_DOT)
            self._go_on(_DOT)
        elif reply.kind == 3 and window.stopped:
            self.end(Fault.CLOSED, "no further message was to be sent")
        elif reply.kind == 3:
            self._opening, self._closing = None, parcel
            self._expected.append(_Step.DOT)
            ahead = self._pipelining and window.ahead
            self.say_body(parcel.message, _DOT, *(self._next_flight() if ahead else ()))
        else:
            parcel.refusal = parcel.refusal or reply
            if reply.code == CLOSING:
                self._leave(reply)
                return
            self._conclude(parcel)
            self._go_on()

    def _after_dot(self, parcel: Parcel, window: Window, reply: Reply) -> None:
        if reply.kind == 3 or (reply.kind == 2 and self.holds_dot):
            self._misunderstood(reply)
            return
        early, self._closing = self.holds_dot, None
        if reply.kind == 2:
            self._accepted += 1
            window.accept(parcel, reply.words)
        else:
            window.refuse(parcel, reply)
            if early or reply.code == CLOSING:
                self._leave(reply)
                return
        self._go_on()

    def _conclude(self, parcel: Parcel) -> None:
        """The envelope was refused: its transaction is still open on the other side."""
        self._opening, self._must_reset = None, True
        self._script.clear()
        if self._window is not None and parcel.refusal is not None:
            self._window.refuse(parcel, parcel.refusal)

    def _leave(self, reply: Reply, *, again: bool = False) -> None:
        """The server is closing the connection, and says why."""
        verdict = Verdict.THROTTLED if reply.kind == 4 else Verdict.NOT_SENT
        self.ending = Ending(verdict, str(reply), again)
        self.end(Fault.LOST, str(reply))

    def _misunderstood(self, reply: Reply) -> None:
        self.end(Fault.UNCLEAR, f"the mail server's answer is unclear: {reply}")
