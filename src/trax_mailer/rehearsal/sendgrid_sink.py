"""A pretend SendGrid: takes calls of POST /v3/mail/send, records their readers, and keeps nothing.

Limits and answers: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send and
https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from trax_mailer.rehearsal.faults import TAKEN, UNCLEAR, Fate, Faults
from trax_mailer.rehearsal.record import Record, Took

MOST_BYTES = 30_000_000
MOST_READERS = 1000
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+")


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        body = b"" if self.data is None else json.dumps(self.data).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))} | self.headers
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@dataclass(frozen=True, slots=True)
class _Silence:
    """No answer: the connection stays open, or ends."""

    drop: bool


class SendGridSink:
    """The API's few addresses that a mailing needs."""

    def __init__(self, record: Record, faults: Faults) -> None:
        self._record = record
        self._faults = faults
        self._calls = itertools.count(1)
        self._tries: Counter[str] = Counter()
        self._conversations: set[asyncio.Task[None]] = set()

    async def serve(self) -> asyncio.Server:
        """Listen on a free port of this machine."""
        return await asyncio.start_server(self._begin, "127.0.0.1", 0, limit=2**18, backlog=256)

    async def hang_up(self) -> None:
        """End every conversation."""
        for task in self._conversations:
            task.cancel()
        await asyncio.gather(*self._conversations)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read_request(reader):
                half = self._faults.seconds / 2 if request.method == "POST" else 0
                await asyncio.sleep(half)
                if half and reader.at_eof():
                    return  # the sender was cut off before the call counts as taken
                answer = self._answer(request)
                await asyncio.sleep(half)
                if isinstance(answer, _Silence):
                    if not answer.drop:
                        await reader.read()  # until the sender has had enough
                    return
                writer.write(answer.to_bytes())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            return  # the sender is gone, or talks nonsense
        except asyncio.CancelledError:
            return  # the sink ends
        finally:
            writer.close()

    def _answer(self, request: _Request) -> _Reply | _Silence:
        parts = urlsplit(request.target)
        match request.method, parts.path:
            case "POST", "/v3/mail/send":
                return self._send(request.body)
            case "GET", "/v3/scopes":
                return _Reply(200, {"scopes": ["mail.send", "sender_verification_eligible"]})
            case "GET", "/v3/whitelabel/domains":
                domain = parse_qs(parts.query).get("domain", [""])[0]
                return _Reply(200, [{"id": 1, "domain": domain, "valid": True}])
            case "GET", "/v3/verified_senders":
                return _Reply(200, {"results": []})
        return _Reply(404, _errors(("not found", None)))

    def _send(self, body: bytes) -> _Reply | _Silence:
        call = next(self._calls)
        if len(body) > MOST_BYTES:
            return _Reply(413, _errors(("payload too large", None)))
        try:
            readers = _readers(json.loads(body))
        except (ValueError, LookupError, TypeError, AttributeError):
            return _Reply(400, _errors(("Bad Request", None)))
        addresses = [address for _, address in readers]
        if not readers or len(readers) > MOST_READERS or len(set(addresses)) < len(addresses):
            return _Reply(400, _errors(("The personalizations are too many, or repeat an address.", None)))
        self._tries.update(addresses)
        fates = [self._faults.fate_of(one, attempt=self._tries[one]) for one in addresses]
        refused = [
            index
            for index, (address, fate) in enumerate(zip(addresses, fates, strict=True))
            if fate is Fate.REFUSED or not _ADDRESS.fullmatch(address)
        ]
        if refused:
            return self._refuse(readers, refused, call=call, size=len(body))
        # The first reader's fate is the call's: shares are of calls here.
        return self._settle(readers, fates[0], call=call, size=len(body))

    def _refuse(self, readers: list[tuple[str, str]], refused: list[int], *, call: int, size: int) -> _Reply:
        """Nothing of the call is taken. The culprits are named where the faults say so, or bare words."""
        self._record.add(Took.REFUSED, [readers[index] for index in refused], call=call, size=size)
        if not self._faults.names_culprits:
            return _Reply(400, _errors(("Bad Request", None)))
        said = [
            ("Does not contain a valid address.", f"personalizations.{one}.to.0.email") for one in refused
        ]
        return _Reply(400, _errors(*said))

    def _settle(
        self, readers: list[tuple[str, str]], fate: Fate, *, call: int, size: int
    ) -> _Reply | _Silence:
        if fate is Fate.PUT_OFF:
            self._record.add(Took.PUT_OFF, readers, call=call, size=size)
            reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 1)}
            return _Reply(429, _errors(("too many requests", None)), reset)
        if fate in TAKEN:
            self._record.add(Took.ACCEPTED, readers, call=call, size=size)
        if fate in UNCLEAR:
            self._record.add(Took.UNCLEAR, readers, call=call, size=size)
        if fate is Fate.BROKEN_AFTER:
            return _Reply(500, _errors(("internal error", None)))
        if fate in UNCLEAR:
            return _Silence(drop=fate in {Fate.DROP_BEFORE, Fate.DROP_AFTER})
        return _Reply(202, headers={"X-Message-Id": f"rehearsal-{call}"})


def _readers(call: dict[str, Any]) -> list[tuple[str, str]]:
    """Delivery and address of every personalization; raises where a call has another form."""
    return [
        (str(part["custom_args"]["delivery"]), str(part["to"][0]["email"]).casefold())
        for part in call["personalizations"]
    ]


def _errors(*said: tuple[str, str | None]) -> dict[str, Any]:
    return {"errors": [{"message": message, "field": name, "help": None} for message, name in said]}


async def _read_request(reader: asyncio.StreamReader) -> _Request | None:
    """The next request with its whole body; None where the sender has no more."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    start, *lines = head.split("\r\n")
    method, target, _ = start.split(" ")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
    }
    length = int(headers.get("content-length", "0"))
    return _Request(method, target, await reader.readexactly(length) if length else b"")
