"""Reading the body of a request, within bounds: as bytes, and as the fields of a form."""

from __future__ import annotations

import asyncio
import email
import email.policy
from email.message import EmailMessage
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

FORM_BYTES = 64 * 1024
FORM_SECONDS = 10.0
_MOST_FIELDS = 100


async def read_body(request: Request, *, limit: int, seconds: float) -> bytes:
    """The body, of at most `limit` bytes. Raises HTTPException: 413 too large, 408 too slow, 400 cut off."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise HTTPException(413)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(body)


class Form:
    """The fields of a form that was sent, each with one value or several."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def get(self, name: str) -> str:
        """The first value of that name, on one line and without control characters; empty where none is."""
        return " ".join(_visible(next((value for key, value in self._pairs if key == name), "")).split())

    def all(self, name: str) -> list[str]:
        """Every value of that name."""
        return [value for key, value in self._pairs if key == name]


async def read_form(request: Request) -> Form:
    """The fields of a form, urlencoded or multipart. Raises HTTPException where it cannot be read."""
    body = await read_body(request, limit=FORM_BYTES, seconds=FORM_SECONDS)
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("multipart/form-data"):
        return Form(_multipart(body, kind))
    try:
        fields = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(400) from None
    return Form(fields)


def _multipart(body: bytes, kind: str) -> list[tuple[str, str]]:
    """The fields of RFC 7578: each part is named by its Content-Disposition."""
    head = b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n"
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    pairs = []
    parts = message.iter_parts() if isinstance(message, EmailMessage) and message.is_multipart() else ()
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            pairs.append((name, content.decode("utf-8", "replace")))
        if len(pairs) > _MOST_FIELDS:
            raise HTTPException(400)
    return pairs


def _visible(words: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in words)
