"""Who may ask the preview: the browser on this machine, by this machine's own names."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class OwnHostOnly:
    """Refuses requests made under another host name, or by another site's page.

    A web site can let its own name lead to 127.0.0.1 (DNS rebinding) and would then be of the same
    origin as the preview; the Host header tells.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass own requests on, answer the others."""
        if scope["type"] == "http" and not _is_own(Headers(scope=scope)):
            answer = PlainTextResponse("The preview answers this machine's own browser only.", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    host = headers.get("host", "")
    if _name(f"//{host}") not in OWN_NAMES:
        return False
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return False
    # A link on another site may open the page; nothing on another site may load parts of it.
    foreign = headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    return not foreign or headers.get("sec-fetch-mode") == "navigate"


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
