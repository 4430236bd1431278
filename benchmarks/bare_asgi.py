"""The least that granian can answer: `python -m benchmarks.bare_asgi PORT`, one picture for every address.

A bare ASGI function that reads what is posted and looks at nothing, served as `trax serve` is served.
"""

from __future__ import annotations

import sys

from starlette.types import Message, Receive, Scope, Send

from trax_mailer.web.serving import run_app
from trax_mailer.web.tracking.app import PIXEL

_START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"image/gif"), (b"content-length", b"%d" % len(PIXEL))],
}
_BODY: Message = {"type": "http.response.body", "body": PIXEL}


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """The picture, whatever was asked for, once a body has come in."""
    if scope["type"] == "http":
        while scope["method"] == "POST" and (await receive()).get("more_body"):
            pass
        await send(_START)
        await send(_BODY)


if __name__ == "__main__":
    run_app(answer, host="127.0.0.1", port=int(sys.argv[1]), on_ready=lambda: None)
