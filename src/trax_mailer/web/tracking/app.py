"""The tracked links as a bare ASGI application in front of another: a framework would halve its speed."""

from __future__ import annotations

import asyncio
import logging
import re
import time

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
_FORGOTTEN = (b"cache-control", b"no-store")
_UNNAMED = (b"referrer-policy", b"no-referrer")
_UNLISTED = (b"x-robots-tag", b"noindex")
_EMPTY = (b"content-length", b"0")
_OPENED: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"image/gif"),
        (b"content-length", b"%d" % len(PIXEL)),
        (b"cross-origin-resource-policy", b"cross-origin"),
        _FORGOTTEN,
    ],
}
_PICTURE: Message = {"type": "http.response.body", "body": PIXEL}
_NOTHING: Message = {"type": "http.response.body", "body": b""}
_REFUSED: Message = {
    "type": "http.response.start",
    "status": 405,
    "headers": [(b"allow", b"GET, HEAD"), _EMPTY, _FORGOTTEN],
}
_CLICK, _OPEN = VisitKind.CLICK.value, VisitKind.OPEN.value
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
        self._to_home = _leads_to(header_value(home)) if home else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"][:3] not in {"/c/", "/o/"}:
            await self._inner(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await send(_REFUSED)
            await send(_NOTHING)
            return
        found = _PATH.fullmatch(scope["path"])
        read = read_tracking_token(self._ring, found["link"] or found["pixel"]) if found else None
        passage = self._targets.find(read.mailing_id) if read else None
        if read is not None and passage is None:
            passage = await self._load(read.mailing_id)
        if scope["path"].startswith("/o/"):
            if read is not None and passage is not None:
                self._note(scope, read, _OPEN, 0)
            await send(_OPENED)
            await send(_PICTURE if scope["method"] == "GET" else _NOTHING)
            return
        answer = self._to_home
        if found is not None and read is not None and passage is not None:
            answer = self._follow(scope, read, passage, number=int(found["number"] or -1))
        if answer is None:
            await self._inner(scope, receive, send)
        else:
            await send(answer)
            await send(_NOTHING)

    def _follow(self, scope: Scope, read: TrackingToken, passage: Passage, *, number: int) -> Message:
        """Note the click, and lead to the target, or to the mail itself where it has no such link."""
        where = passage.locations.get(number)
        if where is None and number != HIDDEN_LINK:
            return _leads_to(self._base + passage.view)
        self._note(scope, read, _CLICK, number)
        answer: Message | None = passage.answers.get(number)
        if answer is None:
            answer = passage.answers[number] = _leads_to(where or self._base + passage.view)
        return answer

    async def _load(self, mailing_id: int) -> Passage | None:
        """Ask the ledger for a mailing that is not in memory."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.to_thread(self._targets.load, mailing_id)
        except (TraxError, TimeoutError) as error:
            _log.error("the links of mailing %d cannot be read: %s", mailing_id, error)
            return None

    def _note(self, scope: Scope, read: TrackingToken, kind: str, link: int) -> None:
        if read.kind is MarkKind.INERT:
            return
        agent, words = hints_of(scope["headers"])
        self._arrivals.note(
            time.time(),
            read.mailing_id,
            kind,
            link,
            read.mark,
            read.kind is MarkKind.READER,
            scope["method"],
            agent,
            words,
        )


def _leads_to(where: bytes) -> Message:
    headers = [(b"location", where), _EMPTY, _FORGOTTEN, _UNNAMED, _UNLISTED]
    return {"type": "http.response.start", "status": 302, "headers": headers}
