"""The public application: readers' pages, `/a/` for pictures, `/v/` for the browser view, `/events/`."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from trax_mailer.errors import TraxError
from trax_mailer.web.headers import StandardHeaders, no_icon
from trax_mailer.web.public.doors import DoorFace
from trax_mailer.web.public.hooks import Hooks
from trax_mailer.web.public.joining import JoinFace
from trax_mailer.web.public.limits import Limits
from trax_mailer.web.public.own import OwnFace
from trax_mailer.web.public.pages import Pages
from trax_mailer.workflows.public import PublicLedger, browser_view, find_asset

_FORM = ["GET", "OPTIONS", "POST"]

VIEW_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_log = logging.getLogger(__name__)


class PublicFace:
    """Pictures, the browser view and what is answered to trouble. They run in Starlette's threads."""

    def __init__(self, public: PublicLedger, pages: Pages) -> None:
        self._public = public
        self._pages = pages

    def asset(self, request: Request) -> Response:
        """`/a/<sha256>.<extension>`: the bytes of that hash, so they may be kept for ever."""
        asset = find_asset(self._public, request.path_params["name"])
        if asset is None:
            return self._pages.simple(self._pages.words_for(request), "missing", status=404)
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
            return self._pages.simple(self._pages.words_for(request), "missing", status=404)
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
        page = self._pages.unknown(self._pages.words_for(request))
        page.status_code = 200
        return page

    async def http_error(self, request: Request, error: Exception) -> Response:
        """Unknown addresses and methods, and bodies that cannot be read."""
        words = self._pages.words_for(request)
        if not isinstance(error, HTTPException) or error.status_code == 404:
            return self._pages.simple(words, "missing", status=404)
        return self._pages.simple(words, "refused", status=error.status_code, headers=error.headers)

    async def trouble(self, request: Request, error: Exception) -> Response:
        """The ledger cannot be used now. Never says the token, nor the address, in the log."""
        _log.error("%s", error)
        return self._trouble(request, status=503)

    async def defect(self, request: Request, error: Exception) -> Response:  # noqa: ARG002
        """A mistake in the program; Starlette raises it again, for the log."""
        return self._trouble(request, status=500)

    def _trouble(self, request: Request, *, status: int) -> Response:
        words = self._pages.words_for(request)
        return self._pages.simple(words, "trouble", status=status, headers={"retry-after": "60"})


def make_app(public: PublicLedger) -> Starlette:
    """The application over an open ledger. Raises BadWorkspace where a key in the settings is none."""
    pages, limits = Pages(public), Limits()
    face, hooks = PublicFace(public, pages), Hooks(public)
    doors, joins = DoorFace(public, pages, limits), JoinFace(public, pages, limits)
    own = OwnFace(public, pages, limits)
    app = Starlette(
        routes=[
            Route("/u/{token}", doors.door, methods=_FORM),
            Route("/u/{token}/why", doors.why, methods=["POST"]),
            Route("/p/{token}", doors.preferences, methods=_FORM),
            Route("/subscribe", joins.subscribe, methods=_FORM),
            Route("/subscribe/embed", joins.embed, methods=_FORM),
            Route("/confirm/{token}", joins.confirm, methods=_FORM),
            Route("/me", own.asking, methods=_FORM),
            Route("/me/{token}", own.page, methods=_FORM),
            Route("/me/{token}/export.json", own.export),
            Route("/me/{token}/erase", own.erase, methods=_FORM),
            Route("/move/{token}", own.move, methods=_FORM),
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
