"""A SendGrid account's suppression lists behind HTTP, as its OpenAPI file describes them."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from contracts.http_server import Api, Reply, Request, http_server
from trax_mailer.settings import Secret, SendGridSettings

KEY = "SG.a-key-of-the-tests"
PAGED = ("bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes")


@dataclass
class Lists:
    """`faults` are asked first: what they answer is given instead. `refuses` are addresses it never takes."""

    api: Api
    entries: dict[str, dict[str, dict]] = field(default_factory=lambda: {name: {} for name in PAGED})
    groups: dict[int, dict[str, int]] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    faults: list[Callable[[Request], Reply | str | None]] = field(default_factory=list)
    clock: Callable[[], float] = time.time

    def put(self, name: str, email: str, *, created: int = 1450000000, **more) -> None:
        shape = {"created": created, "email": email}
        if name in {"bounces", "blocks"}:
            shape |= {"reason": "550 5.1.1 no such user", "status": "5.1.1"}
        elif name == "invalid_emails":
            shape |= {"reason": "Mail domain mentioned in email address is unknown"}
        elif name == "spam_reports":
            shape |= {"ip": "10.89.32.5"}
        self.entries[name][email] = shape | more

    def leave(self, group: int, email: str, *, created: int = 1450000000) -> None:
        self.groups.setdefault(group, {})[email] = created

    def settings(self, **changed) -> SendGridSettings:
        return SendGridSettings(**{"host": self.api.url, "api_key": Secret(KEY), "timeout": 5} | changed)

    def asked(self, method: str, ending: str = "") -> list[Request]:
        return [
            one
            for one in self.api.requests
            if one.method == method and urlsplit(one.path).path.endswith(ending)
        ]

    def answer(self, request: Request) -> Reply | str:  # noqa: C901, PLR0911, PLR0912 - one case a path
        for fault in self.faults:
            said = fault(request)
            if said is not None:
                return said
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Reply(401, errors("authorization required"))
        path = [unquote(part) for part in urlsplit(request.path).path.split("/")[2:]]
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        match (request.method, *path):
            case ("GET", "suppression", name) if name in PAGED:
                return self._page(name, query)
            case ("GET", "suppression", name, email) if name in PAGED:
                return Reply(200, [self.entries[name][email]] if email in self.entries[name] else [])
            case ("DELETE", "suppression", name, email) if name in PAGED[:4]:
                return Reply(204 if self.entries[name].pop(email, None) else 404)
            case ("GET", "asm", "suppressions"):
                return Reply(200, [self._left(*one) for one in self._members()])
            case ("GET", "asm", "groups"):
                return Reply(200, [{"id": one, "name": f"G{one}", "description": "-"} for one in self.groups])
            case ("POST", "asm", "suppressions", "global"):
                return self._take(request, lambda email: self.put("unsubscribes", email, created=self._now()))
            case ("POST", "asm", "groups", group, "suppressions") if int(group) in self.groups:
                return self._take(request, lambda email: self.leave(int(group), email, created=self._now()))
            case ("POST", "asm", "groups", _, "suppressions"):  # as documented
                return self._take(request, lambda email: self.put("unsubscribes", email, created=self._now()))
            case ("DELETE", "asm", "suppressions", "global", email):
                return Reply(204 if self.entries["unsubscribes"].pop(email, None) else 404)
            case ("DELETE", "asm", "groups", group, "suppressions", email):
                return Reply(204 if self.groups[int(group)].pop(email, None) else 404)
        return Reply(404, errors("not found"))

    def _page(self, name: str, query: dict[str, str]) -> Reply:
        limit, offset = int(query.get("limit", 500)), int(query.get("offset", 0))
        if not 1 <= limit <= 500 or offset < 0:
            return Reply(400, errors("limit must be between 1 and 500"))
        return Reply(200, list(self.entries[name].values())[offset : offset + limit])

    def _take(self, request: Request, put: Callable[[str], None]) -> Reply:
        emails = request.json["recipient_emails"]
        if any("@" not in one for one in emails):
            return Reply(400, errors("invalid email"))
        taken = [one for one in emails if one not in self.refuses]
        for email in taken:
            put(email)
        return Reply(201, {"recipient_emails": taken})

    def _members(self) -> Iterator[tuple[int, str, int]]:
        for group, members in self.groups.items():
            for email, created in members.items():
                yield group, email, created

    def _left(self, group: int, email: str, created: int) -> dict:
        return {"email": email, "group_id": group, "group_name": f"G{group}", "created_at": created}

    def _now(self) -> int:
        return int(self.clock())


def errors(words: str) -> bytes:
    return json.dumps({"errors": [{"field": None, "message": words}]}).encode()


@contextmanager
def pretend_lists() -> Iterator[Lists]:
    with http_server() as api:
        lists = Lists(api)
        api.answer = lists.answer
        yield lists
