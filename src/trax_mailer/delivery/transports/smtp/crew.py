"""The connections of a lane, kept from call to call, and how they share out a window."""

from __future__ import annotations

import asyncio
import ssl

from trax_mailer.delivery.transports.base import Verdict
from trax_mailer.delivery.transports.smtp.channel import Fault
from trax_mailer.delivery.transports.smtp.connection import Unreachable, dial
from trax_mailer.delivery.transports.smtp.conversation import Conversation
from trax_mailer.delivery.transports.smtp.window import Window
from trax_mailer.model.server_words import in_words
from trax_mailer.settings import SmtpSettings

_PER_CONNECTION = 8
"""A further connection is worth its making from so many recipients on."""
_IDLE = 60.0
"""After so many seconds servers and routers may have forgotten a connection: it is made anew."""
_BREAK = 30.0
"""So many seconds a further connection is not tried again after it could not be made."""
_GOODBYE = 1.0
_STOPPED = "the sending was stopped"


class Crew:
    """Up to `settings.connections` connections. Made, used and closed inside one event loop."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._context = ssl.create_default_context()
        self._posts = [_Post(settings, self._context) for _ in range(settings.connections)]
        self._window: Window | None = None

    async def hand_over(self, window: Window, *, count: int) -> None:
        """Hand over the window's `count` recipients; what became of them is noted in it."""
        self._window = window
        first, *others = self._posts[: max(1, -(-count // _PER_CONNECTION))]
        works = [_lead(first, window), *(_follow(post, window) for post in others if post.rested)]
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await asyncio.gather(*tasks)
        finally:
            self._window = None
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def objection(self, sender: str, *, international: bool) -> str:
        """What the server has against mail from `sender`, or an empty string. Raises Unreachable."""
        client = await dial(self._settings, self._context)
        try:
            options = [b"SMTPUTF8", b"BODY=8BITMIME"] if international else []
            if international and not client.supports_extension("smtputf8"):
                return "it offers no SMTPUTF8 (RFC 6531)"
            reply = await client.execute_command(b"MAIL", f"FROM:<{sender}>".encode(), *options)
            if reply.code // 100 != 2:
                return f"{reply.code} {in_words(reply.message)}"
            await client.quit()
        except (OSError, ValueError) as error:
            raise Unreachable(Verdict.NOT_SENT, f"the connection ended: {in_words(str(error))}") from None
        finally:
            client.close()
        return ""

    def interrupt(self) -> None:
        """End the call under way and all connections, now."""
        if self._window is not None:
            self._window.stop(Verdict.NOT_SENT, _STOPPED)
        for post in self._posts:
            post.interrupt()

    async def close(self) -> None:
        """End all connections: politely, but without waiting long."""
        going = [farewell for post in self._posts if (farewell := post.say_goodbye()) is not None]
        if going:
            await asyncio.wait(going, timeout=_GOODBYE)
        self.interrupt()
        # What is ended at once is let go of in one of the loop's next turns.
        for _ in range(3):
            await asyncio.sleep(0)


async def _lead(post: _Post, window: Window) -> None:
    try:
        await post.work(window)
    finally:
        window.go.set()


async def _follow(post: _Post, window: Window) -> None:
    await window.go.wait()
    if window.ahead:
        await post.work(window)


class _Post:
    """The place of one connection, which may be none at all, or a new one after an old one ended."""

    def __init__(self, settings: SmtpSettings, context: ssl.SSLContext) -> None:
        self._settings = settings
        self._context = context
        self._conversation: Conversation | None = None
        self._dialling: asyncio.Task[Conversation] | None = None
        self._tired_until = 0.0

    @property
    def rested(self) -> bool:
        """Whether a connection may be tried."""
        return asyncio.get_running_loop().time() >= self._tired_until

    async def work(self, window: Window) -> None:
        """Take recipients of the window until there are none, or no connection."""
        while window.open:
            conversation = await self._connected(window)
            if conversation is None:
                return
            try:
                await conversation.hand_over(window)
            except BaseException:
                conversation.end(Fault.CLOSED, _STOPPED)
                raise
            if conversation.ending is not None and not conversation.ending.again:
                window.note(conversation.ending.verdict, conversation.ending.reason)
                return

    def interrupt(self) -> None:
        """End the connection, or the attempt at one."""
        if self._dialling is not None:
            self._dialling.cancel()
        if self._conversation is not None:
            self._conversation.end(Fault.CLOSED, _STOPPED)

    def say_goodbye(self) -> asyncio.Future[None] | None:
        """Done when the server has ended the connection; None where there is none."""
        if self._conversation is None or self._conversation.over:
            return None
        self._conversation.say_goodbye()
        return self._conversation.gone

    async def _connected(self, window: Window) -> Conversation | None:
        kept, now = self._conversation, asyncio.get_running_loop().time()
        if kept is not None and not kept.over:
            if now - kept.idle_since < _IDLE:
                return kept
            kept.say_goodbye()
            kept.end(Fault.CLOSED, "idle for long")
        self._dialling = asyncio.create_task(self._dial())
        try:
            self._conversation = await self._dialling
        except Unreachable as unreachable:
            self._tired_until = now + _BREAK
            window.note(unreachable.verdict, unreachable.reason)
            return None
        except asyncio.CancelledError:
            if not window.stopped:
                raise
            return None
        finally:
            self._dialling = None
        return self._conversation

    async def _dial(self) -> Conversation:
        client = await dial(self._settings, self._context)
        return Conversation(
            client.give_away(),
            timeout=self._settings.timeout,
            answer_timeout=self._settings.answer_timeout,
        )
