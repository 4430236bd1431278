"""The SMTP transport: messages to a mail server, over several connections at a time (RFC 5321, 2920).

A complete 4xx or 5xx is an answer for that recipient. Before the dot that ends a message is on its way
nothing can have been sent; from then on only the server's reply says whether it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from threading import RLock
from typing import Any, TypeVar

from trax_mailer.delivery.addresses import ascii_domain, needs_smtputf8
from trax_mailer.delivery.letter import Letter
from trax_mailer.delivery.transports.base import Answer, Closing
from trax_mailer.delivery.transports.smtp.connection import Unreachable, is_loopback
from trax_mailer.delivery.transports.smtp.crew import Crew
from trax_mailer.delivery.transports.smtp.parcel import Packer
from trax_mailer.delivery.transports.smtp.running import new_loop, run
from trax_mailer.delivery.transports.smtp.window import Window
from trax_mailer.delivery.wire import build_skeleton
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.model.mailing import Recipient
from trax_mailer.settings import SmtpSettings

PER_CONNECTION = 64
"""So many recipients of a call fall to each connection: more would make more uncertain in a crash."""

_Result = TypeVar("_Result")


class SmtpTransport(Closing):
    """Sends through the mail server of the settings, in windows of 64 recipients a connection."""

    name = "smtp"
    simulated = False
    batch_size = 1000
    by_domain = True

    def __init__(self, settings: SmtpSettings) -> None:
        self.window = PER_CONNECTION * settings.connections
        self.lanes = settings.lanes
        self.rate = settings.rate
        self._settings = settings
        self._packer: Packer | None = None
        self._ahead = False
        self._guard = RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._crew: Crew | None = None

    @property
    def rehearsal(self) -> bool:
        """Whether the mail server is this machine."""
        return is_loopback(self._settings.host)

    def preflight(self, from_email: str) -> list[Finding]:
        """Connect, secure the connection, log in and name the sender; then take it back."""
        problems: list[str] = []
        if self._settings.security == "none" and not self.rehearsal:
            problems.append("smtp.security is none: mail and password would travel unencrypted")
        sender = ascii_domain(from_email)
        try:
            with self._guard:
                asking = self._ready().objection(sender, international=needs_smtputf8(sender))
                objection = self._run(asking)
            if objection:
                problems.append(f"the mail server refuses the sender {from_email}: {objection}")
        except Unreachable as unreachable:
            problems.append(unreachable.reason)
        finally:
            self.close()
        advice = "Check smtp in trax.yaml, and TRAX_SMTP_PASSWORD."
        return [
            Finding(check="transport", severity=Severity.ERROR, message=problem, advice=advice)
            for problem in problems
        ]

    def open(self, letter: Letter) -> None:
        """Encode the letter once. Connects when the first message goes."""
        skeleton = build_skeleton(letter, embedded=letter.embedded)
        self._packer = Packer(skeleton.message, ascii_domain(letter.envelope.from_email))

    def send(self, recipients: Sequence[Recipient], *, batch: int) -> Answer:  # noqa: ARG002
        """One message a recipient. Connections are kept for the next call."""
        if self._packer is None:
            raise RuntimeError("send was called before open")
        with self._guard:
            window = Window(recipients, self._packer, ahead=self._ahead)
            self._run(self._ready().hand_over(window, count=len(recipients)))
            self._ahead = window.welcome
            return window.answer()

    def close(self) -> None:
        """End all connections, also under a call that another thread has under way: it returns soon."""
        if not self._guard.acquire(blocking=False):
            loop, crew = self._loop, self._crew
            if loop is not None and crew is not None:
                loop.call_soon_threadsafe(crew.interrupt)
            self._guard.acquire()
        try:
            loop, crew = self._loop, self._crew
            if loop is None or crew is None:
                return
            if loop.is_running():  # called from within a call, such as by a signal's handler
                loop.call_soon_threadsafe(crew.interrupt)
                return
            self._loop = self._crew = None
            try:
                run(loop, crew.close())
            finally:
                loop.close()
        finally:
            self._guard.release()

    def _ready(self) -> Crew:
        """The connections, in an event loop of this transport's own; makes none yet."""
        if self._loop is None or self._crew is None:
            self._loop = new_loop()
            self._crew = Crew(self._settings)
        return self._crew

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        if self._loop is None:
            raise RuntimeError("there is no event loop to run in")
        return run(self._loop, work)
