"""The preview's application: the page, the state as JSON, the mail in a frame, the stream of changes."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from trax_mailer.model.edition import Edition
from trax_mailer.model.finding import Finding, finding_to_data
from trax_mailer.model.subscriber import Subscriber
from trax_mailer.model.topics import is_empty_for, topics_in
from trax_mailer.settings import Settings
from trax_mailer.web.headers import STANDARD, StandardHeaders, no_icon
from trax_mailer.web.preview.guard import OwnHostOnly
from trax_mailer.web.preview.hub import Hub
from trax_mailer.workflows.preview_readers import NOBODY, ReaderChoice, find_reader
from trax_mailer.workflows.preview_views import Scheme, html_as_read, inbox_line, text_as_read

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {**STANDARD, "cross-origin-resource-policy": "same-origin"}
_HERE = files(__package__)


class PreviewFace:
    """The endpoints, over the hub's newest state."""

    def __init__(self, hub: Hub, choice: ReaderChoice, settings: Settings) -> None:
        self._hub = hub
        self._choice = choice
        self._settings = settings

    def state(self, request: Request) -> Response:
        """Everything on the page but the mail itself."""
        state = self._hub.state
        reader = self._reader(request)
        return JSONResponse(
            {
                "revision": state.revision,
                "file": state.file,
                "number": state.number,
                "newsletter": (state.settings or self._settings).newsletter,
                "stale": state.stale,
                "findings": [_finding(finding) for finding in state.findings],
                "reader_known": reader is not None,
                "origin": self._choice.origin,
                "list_name": self._choice.list_name,
                "readers": [{"email": one.email, "name": one.name} for one in self._choice.readers],
                "edition": self._edition(state.edition, reader or NOBODY, topics=self._topics(request)),
            }
        )

    def mail(self, request: Request) -> Response:
        """The HTML part as the reader gets it, light or dark, for the frame."""
        edition, topics = self._hub.state.edition, self._topics(request)
        if edition is None:
            return HTMLResponse("", headers={"content-security-policy": MAIL_POLICY})
        asked = request.query_params.get("scheme", "")
        html = html_as_read(
            edition,
            self._newest_settings,
            reader=self._reader(request) or NOBODY,
            scheme=Scheme(asked) if asked in set(Scheme) else None,
            topics=topics,
        )
        return HTMLResponse(html, headers={"content-security-policy": MAIL_POLICY})

    def text(self, request: Request) -> Response:
        """The plain text part."""
        edition, reader = self._hub.state.edition, self._reader(request) or NOBODY
        topics, settings = self._topics(request), self._newest_settings
        return PlainTextResponse(
            text_as_read(edition, settings, reader=reader, topics=topics) if edition else ""
        )

    def source(self, request: Request) -> Response:
        """The source of the HTML part."""
        edition, reader = self._hub.state.edition, self._reader(request) or NOBODY
        topics, settings = self._topics(request), self._newest_settings
        return PlainTextResponse(
            html_as_read(edition, settings, reader=reader, topics=topics) if edition else ""
        )

    def picture(self, request: Request) -> Response:
        """A picture of the edition."""
        edition, name = self._hub.state.edition, request.path_params["name"]
        for asset in edition.assets if edition else ():
            if asset.name == name:
                kept = {"cache-control": "max-age=31536000, immutable"}  # named by its content
                return Response(asset.data, media_type=asset.media_type, headers=kept)
        return PlainTextResponse("There is no such picture.", 404)

    async def changes(self, request: Request) -> Response:  # noqa: ARG002
        """Server-sent events: the revision now, and each one after it."""
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        async for revision in self._hub.revisions():
            yield f"data: {revision}\n\n" if revision is not None else ": quiet\n\n"

    @property
    def _newest_settings(self) -> Settings:
        return self._hub.state.settings or self._settings

    def _reader(self, request: Request) -> Subscriber | None:
        return find_reader(self._settings, self._choice, request.query_params.get("reader", "").strip())

    @staticmethod
    def _topics(request: Request) -> frozenset[str]:
        return frozenset(request.query_params.get("topics", "").split(",")) - {""}

    def _edition(
        self, edition: Edition | None, reader: Subscriber, *, topics: frozenset[str]
    ) -> dict[str, Any] | None:
        if edition is None:
            return None
        settings, here = self._newest_settings, topics_in(edition)
        return {
            **dataclasses.asdict(inbox_line(edition, settings, reader=reader)),
            "language": edition.language,
            "direction": edition.direction,
            "html_bytes": len(html_as_read(edition, settings, reader=reader, topics=topics).encode()),
            "topics": [
                {"name": topic.name, "title": topic.title, "here": topic.name in here}
                for topic in settings.topics
                if here
            ],
            "empty": is_empty_for(edition, topics),
        }


def make_app(hub: Hub, choice: ReaderChoice, settings: Settings) -> Starlette:
    """The application over a hub, which watches as long as the application lives."""
    face = PreviewFace(hub, choice, settings)
    return Starlette(
        routes=[
            Route("/", _file("page.html", "text/html", policy=PAGE_POLICY)),
            Route("/page.css", _file("page.css", "text/css")),
            Route("/page.js", _file("page.js", "text/javascript")),
            Route("/state", face.state),
            Route("/mail", face.mail),
            Route("/text", face.text),
            Route("/source", face.source),
            Route("/changes", face.changes),
            Route("/a/{name}", face.picture),
            Route("/favicon.ico", no_icon),
        ],
        middleware=[Middleware(StandardHeaders, headers=_HEADERS), Middleware(OwnHostOnly)],
        lifespan=hub.running,
    )


def _file(name: str, media_type: str, *, policy: str | None = None) -> Callable[[Request], Response]:
    content = (_HERE / name).read_bytes()
    headers = {"content-security-policy": policy} if policy else None

    def answer(_request: Request) -> Response:
        return Response(content, media_type=media_type, headers=headers)

    return answer


def _finding(finding: Finding) -> dict[str, Any]:
    return finding_to_data(finding) | {"place": str(finding.place or "")}
