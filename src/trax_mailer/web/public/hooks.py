"""`/events/…`: where providers post what became of deliveries."""

from __future__ import annotations

import asyncio
import logging
import time

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from trax_mailer.errors import TraxError
from trax_mailer.web.public.bodies import read_body
from trax_mailer.workflows.public import PublicLedger
from trax_mailer.workflows.webhook import Intake, webhook_of

BODY_LIMIT = 4 * 1024 * 1024
"""In bytes. SendGrid posts at most 768 kB at once."""

BODY_SECONDS = 20.0
AT_ONCE, MOST_WAITING = 8, 64
"""Bodies being taken in, in one transaction where they come together, and waiting for it: readers who want
to leave need threads as well."""

_QUIET_SECONDS = 60.0
_ANSWERS = {
    Intake.KEPT: (200, "kept"),
    Intake.FORGED: (403, "This is not signed with the key in sendgrid.webhook_key of trax.yaml."),
    Intake.UNREADABLE: (400, "This is no JSON array of events."),
}
_WORDS = {
    400: "The body ended too early.",
    408: "The body came too slowly.",
    413: f"The body is longer than {BODY_LIMIT:,} bytes.",
}
_log = logging.getLogger(__name__)


class Hooks:
    """The endpoints, over one ledger. Raises BadWorkspace where the key in the settings is none."""

    def __init__(self, public: PublicLedger) -> None:
        self._sendgrid = webhook_of(public.ledger, public.settings)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._inside = 0
        self._quiet_until = 0.0

    async def sendgrid(self, request: Request) -> Response:
        """`POST /events/sendgrid`: 200 once the events are committed; otherwise SendGrid tries again."""
        if self._sendgrid is None:
            return _answer(503, "No key is set: put SendGrid's verification key into trax.yaml.")
        if self._inside >= AT_ONCE + MOST_WAITING:
            return _answer(503, "Too many events at once: send them again later.")
        self._inside += 1
        try:
            body = await read_body(request, limit=BODY_LIMIT, seconds=BODY_SECONDS)
            async with self._places:
                intake = await run_in_threadpool(self._sendgrid.take_in, request.headers, body)
        except HTTPException as error:
            return _answer(error.status_code, _WORDS[error.status_code])
        except TraxError as error:
            _log.error("events of SendGrid could not be kept: %s", error)
            return _answer(503, "The ledger cannot be written now: send them again later.")
        finally:
            self._inside -= 1
        if intake is not Intake.KEPT:
            self._complain(intake)
        return _answer(*_ANSWERS[intake])

    def _complain(self, intake: Intake) -> None:
        """Once a minute: anybody can post nonsense, and only a wrong key needs mending."""
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + _QUIET_SECONDS
            _log.warning("/events/sendgrid refused a body: %s", _ANSWERS[intake][1])


def _answer(status: int, words: str) -> Response:
    return PlainTextResponse(f"{words}\n", status_code=status)
