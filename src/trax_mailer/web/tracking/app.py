"""The tracked links as a bare ASGI application in front of another: a framework would halve its speed."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trax_mailer.errors import TraxError
from trax_mailer.model.visit import HIDDEN_LINK, VisitKind
from trax_mailer.tokens import KeyRing, MarkKind, TrackingToken, read_tracking_token
from trax_mailer.web.tracking.hints import hints_of
from trax_mailer.workflows.tracking.arrivals import Arrivals
from trax_mailer.workflows.tracking.targets import Passage, Targets, header_value

PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
"""A transparent GIF of one pixel, 43 bytes."""

PATIENCE = 2.0
"""Seconds that a reader waits for the ledger at most, where a mailing is not in memory."""

_FORM = r"[A-Za-z0-9_-]{40}(?![A-Za-z0-9_-])"
_PATH = re.compile(
    rf"/(?:c/(?P<link>{_FORM})(?:/(?P<number>[0-9]{{1,6}})(?![0-9]))?|o/(?P<pixel>{_FORM})).*", re.DOTALL
)
"""Whatever stands behind it was added on the way, such as a full stop."""
_STANDARD = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
]
_OPENED: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"image/gif"),
        (b"content-length", b"%d" % len(PIXEL)),
        (b"cross-origin-resource-policy", b"cross-origin"),
        *_STANDARD,
    ],
}
_PICTURE: Message = {"type": "http.response.body", "body": PIXEL}
_NOTHING: Message = {"type": "http.response.body", "body": b""}
_REFUSED: Message = {
    "type": "http.response.start",
    "status": 405,
    "headers": [(b"allow", b"GET, HEAD"), (b"content-length", b"0"), *_STANDARD],
}
_log = logging.getLogger(__name__)


class TrackedLinks:
    """Answers `/c/` and `/o/`, and passes everything else to `inner`.

    `base` is the public server's own address. `home` is where a reader is taken whose token cannot be read:
    an absolute address, or empty for the page that `inner` has at that path.
    """

    def __init__(
        self,
        inner: ASGIApp,
        *,
        ring: KeyRing,
        targets: Targets,
        arrivals: Arrivals,
        base: str,
        home: str,
    ) -> None:
        self._inner = inner
        self._ring = ring
        self._targets = targets
        self._arrivals = arrivals
        self._base = header_value(base)
        self._home = header_value(home)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(("/c/", "/o/")):
            await self._inner(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await send(_REFUSED)
            await send(_NOTHING)
            return
        found = _PATH.fullmatch(scope["path"])
        if found is None:
            await self._lead_home(scope, receive, send)
        elif found["pixel"]:
            await self._show_pixel(scope, found["pixel"], send)
        else:
            where = await self._lead(scope, found["link"], int(found["number"] or -1))
            if where:
                await _redirect(where, send)
            else:
                await self._lead_home(scope, receive, send)

    async def _lead(self, scope: Scope, token: str, number: int) -> bytes:
        """Note the click. Returns where it leads; nothing where the token or its mailing is unknown."""
        read = read_tracking_token(self._ring, token)
        passage = await self._passage(read)
        if read is None or passage is None:
            return b""
        where = passage.locations.get(number)
        if where or number == HIDDEN_LINK:
            self._note(scope, read, VisitKind.CLICK, number)
        return where or self._base + passage.view

    async def _show_pixel(self, scope: Scope, token: str, send: Send) -> None:
        read = read_tracking_token(self._ring, token)
        if read is not None and await self._passage(read) is not None:
            self._note(scope, read, VisitKind.OPEN, 0)
        await send(_OPENED)
        await send(_PICTURE if scope["method"] == "GET" else _NOTHING)

    async def _passage(self, read: TrackingToken | None) -> Passage | None:
        if read is None:
            return None
        known = self._targets.find(read.mailing_id)
        if known is not None:
            return known
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.to_thread(self._targets.load, read.mailing_id)
        except (TraxError, TimeoutError) as error:
            _log.error("the links of mailing %d cannot be read: %s", read.mailing_id, error)
            return None

    def _note(self, scope: Scope, read: TrackingToken, kind: VisitKind, link: int) -> None:
        if read.kind is MarkKind.INERT:
            return
        hints = hints_of(scope["headers"])
        self._arrivals.note(
            time.time(),
            read.mailing_id,
            kind,
            link,
            read.mark,
            read.kind is MarkKind.READER,
            scope["method"],
            hints.agent,
            hints.words,
        )

    async def _lead_home(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._home:
            await _redirect(self._home, send)
        else:
            await self._inner(scope, receive, send)


async def _redirect(where: bytes, send: Send) -> None:
    headers: list[Any] = [(b"location", where), (b"content-length", b"0"), *_STANDARD]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send(_NOTHING)
