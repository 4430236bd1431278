"""The public application: `/u/` to leave, `/a/` for pictures, `/v/` for the browser view, `/events/`."""

from __future__ import annotations

import datetime as dt
import logging

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from trax_mailer.errors import TraxError
from trax_mailer.model.act import ActKind
from trax_mailer.web.headers import StandardHeaders, no_icon
from trax_mailer.web.public.bodies import read_body
from trax_mailer.web.public.hooks import Hooks
from trax_mailer.web.public.pages import Pages
from trax_mailer.web.public.words import Words, choose_words
from trax_mailer.workflows.public import PublicLedger, browser_view, find_asset, find_door, unsubscribe

BODY_LIMIT = 64 * 1024
"""In bytes. A one-click body has about 200, multipart boundaries included."""

BODY_SECONDS = 10.0

VIEW_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_log = logging.getLogger(__name__)


class PublicFace:
    """The endpoints, over one ledger. The synchronous ones run in Starlette's threads."""

    def __init__(self, public: PublicLedger) -> None:
        self._public = public
        self._pages = Pages(public.settings)

    async def door(self, request: Request) -> Response:
        """`/u/<token>`: GET, HEAD and OPTIONS change nothing, POST leaves the list (RFC 8058 §3.1).

        Mail scanners follow every link: only a POST may count as somebody's wish. Its body is read and
        then only tells who asked: whatever its form, and whichever site sent it, a POST to an address
        that nobody can guess is a wish to leave, and refusing one would keep a person on a list.
        """
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": "GET, HEAD, OPTIONS, POST"})
        token, words = request.path_params["token"], self._words(request)
        if request.method != "POST":
            door = await run_in_threadpool(find_door, self._public, token)
            return self._pages.door(door, words) if door else self._pages.unknown(words)
        body = await read_body(request, limit=BODY_LIMIT, seconds=BODY_SECONDS)
        kind = ActKind.PAGE if body == b"from=page" else ActKind.ONE_CLICK
        now = dt.datetime.now(dt.UTC)
        door = await run_in_threadpool(unsubscribe, self._public, token, kind=kind, now=now)
        return self._pages.left(door, words) if door else self._pages.unknown(words)

    def asset(self, request: Request) -> Response:
        """`/a/<sha256>.<extension>`: the bytes of that hash, so they may be kept for ever."""
        asset = find_asset(self._public, request.path_params["name"])
        if asset is None:
            return self._pages.missing(self._words(request))
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "etag": f'"{asset.sha256}"',
            "cross-origin-resource-policy": "cross-origin",
        }
        if _is_known(request, asset.sha256):
            return Response(status_code=304, headers=headers)
        return Response(asset.data, media_type=asset.media_type, headers=headers)

    def view(self, request: Request) -> Response:
        """`/v/<edition hash>`: the neutral edition, without scripts, out of search engines."""
        edition_hash = request.path_params["edition_hash"]
        html = browser_view(self._public, edition_hash)
        if html is None:
            return self._pages.missing(self._words(request))
        headers = {
            "content-security-policy": VIEW_POLICY,
            "cache-control": "public, max-age=300",
            "etag": f'"{edition_hash}"',
        }
        if _is_known(request, edition_hash):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(html, headers=headers)

    async def lost(self, request: Request) -> Response:
        """`/c/…` with a token that cannot be read, where there is no website to take the reader to.

        No error: whoever followed a link did nothing wrong.
        """
        page = self._pages.unknown(self._words(request))
        page.status_code = 200
        return page

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Unknown addresses and methods, and bodies that cannot be read."""
        words = self._words(request)
        if not isinstance(error, HTTPException) or error.status_code == 404:
            return self._pages.missing(words)
        return self._pages.refused(words, status=error.status_code, headers=error.headers)

    async def trouble(self, request: Request, error: Exception) -> Response:
        """The ledger cannot be used now. Never says the token, nor the address, in the log."""
        _log.error("%s", error)
        return self._pages.trouble(self._words(request), status=503)

    async def defect(self, request: Request, error: Exception) -> Response:  # noqa: ARG002
        """A mistake in the program; Starlette raises it again, for the log."""
        return self._pages.trouble(self._words(request), status=500)

    def _words(self, request: Request) -> Words:
        accepted = request.headers.get("accept-language", "")
        return choose_words(accepted, fallback=self._public.settings.language)


def make_app(public: PublicLedger) -> Starlette:
    """The application over an open ledger. Raises BadWorkspace where a key in the settings is none."""
    face, hooks = PublicFace(public), Hooks(public)
    app = Starlette(
        routes=[
            Route("/u/{token}", face.door, methods=["GET", "OPTIONS", "POST"]),
            Route("/a/{name}", face.asset),
            Route("/v/{edition_hash}", face.view),
            Route("/events/sendgrid", hooks.sendgrid, methods=["POST"]),
            Route("/c/{rest:path}", face.lost),
            Route("/healthz", _healthz),
            Route("/favicon.ico", no_icon),
        ],
        middleware=[Middleware(StandardHeaders)],
        exception_handlers={HTTPException: face.http_error, TraxError: face.trouble, Exception: face.defect},
    )
    app.router.redirect_slashes = False  # RFC 8058 §3.1: a one-click POST must not be redirected
    return app


def _healthz(_request: Request) -> Response:
    return PlainTextResponse("ok")


def _is_known(request: Request, tag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or f'"{tag}"' in known
