"""A SendGrid account's settings behind HTTP, as its OpenAPI files describe them: all as they should be."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import yaml

from contracts.http_server import Api, Reply, Request, http_server
from contracts.prism import TESTS
from events.webhook import KEY as WEBHOOK_KEY
from trax_mailer.settings import Secret, SendGridSettings

KEY = "SG.a-key-of-the-tests"
PUBLIC = "https://news.example.org"
SCOPES = ["mail.send", "user.webhooks.event.settings.read", "whitelabel.read"]
EVENTS = (
    "processed", "deferred", "delivered", "bounce", "dropped", "spam_report", "unsubscribe",
    "group_unsubscribe", "group_resubscribe", "account_status_change",
)  # fmt: skip
_FILES = ("webhooks", "tracking_settings", "domain_authentication", "link_branding", "mail_settings")


def good_answers() -> dict[str, object]:
    hook = {"id": "77d4a5da-7015-11ed-a1eb-0242ac120002", "enabled": True, "url": f"{PUBLIC}/events/sendgrid"}
    off = {"enabled": False}
    cname = {"valid": True, "type": "cname", "host": "em.example.org", "data": "u7.wl.sendgrid.net"}
    domain = {
        "id": 1, "user_id": 7, "subdomain": "em", "domain": "example.org", "username": "office", "ips": [],
        "custom_spf": False, "default": True, "legacy": False, "automatic_security": True, "valid": True,
        "dns": {"mail_cname": cname, "dkim1": cname, "dkim2": cname},
    }  # fmt: skip
    names = ("address_whitelist", "bounce_purge", "footer", "forward_bounce", "template", "spam_check")
    return {
        "scopes": {"scopes": SCOPES},
        "user/webhooks/event/settings/all": {
            "max_allowed": 5,
            "webhooks": [hook | dict.fromkeys(EVENTS, True) | {"public_key": WEBHOOK_KEY}],
        },
        f"user/webhooks/event/settings/signed/{hook['id']}": {"id": hook["id"], "public_key": ""},
        "tracking_settings/click": off | {"enable_text": False},
        "tracking_settings/open": off,
        "tracking_settings/subscription": off,
        "tracking_settings/google_analytics": off,
        "whitelabel/domains": [domain],
        "whitelabel/links": [],
        "mail_settings": {
            "result": [{"name": one, "title": one, "description": "", "enabled": False} for one in names]
        },
    }


@dataclass
class Account:
    """`answers` by path: data, or a whole Reply, or HANG or RESET."""

    api: Api
    answers: dict[str, object] = field(default_factory=good_answers)

    def settings(self, **changed) -> SendGridSettings:
        given = {"host": self.api.url, "api_key": Secret(KEY), "timeout": 5, "webhook_key": WEBHOOK_KEY}
        return SendGridSettings(**given | changed)

    @property
    def hook(self) -> dict[str, object]:
        return self.answers["user/webhooks/event/settings/all"]["webhooks"][0]

    def answer(self, request: Request) -> Reply | str:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return refusal(401, "authorization required")
        found = self.answers.get(urlsplit(request.path).path.removeprefix("/v3/"))
        if found is None or request.method != "GET":
            return refusal(404, "not found")
        return found if isinstance(found, Reply | str) else Reply(200, found)


def refusal(status: int, words: str) -> Reply:
    body = json.dumps({"errors": [{"field": None, "message": words}]}).encode()
    return Reply(status, body, {"Content-Type": "application/json"})


@contextmanager
def pretend_account() -> Iterator[Account]:
    with http_server() as api:
        account = Account(api)
        api.answer = account.answer
        yield account


def write_contract(folder):
    """The official files as one, with the scopes, which none of them describes; the file."""
    whole = {"openapi": "3.1.0", "info": {"title": "settings", "version": "1"}, "paths": {}, "components": {}}
    whole["servers"] = [{"url": "https://api.sendgrid.com"}]
    for name in _FILES:
        text = (TESTS / "contracts" / "sendgrid" / f"tsg_{name}_v3.yaml").read_text(encoding="utf-8")
        part = yaml.safe_load(text)
        for kind, known in part["components"].items():
            for each in known:
                words = json.dumps(part).replace(
                    f'"#/components/{kind}/{each}"', f'"#/components/{kind}/{name}_{each}"'
                )
                part = json.loads(words)
            renamed = {f"{name}_{each}": value for each, value in part["components"][kind].items()}
            whole["components"].setdefault(kind, {}).update(renamed)
        whole["paths"] |= part["paths"]
    listed = {"type": "object", "properties": {"scopes": {"type": "array", "items": {"type": "string"}}}}
    said = {"200": {"description": "", "content": {"application/json": {"schema": listed}}}}
    whole["paths"]["/v3/scopes"] = {"get": {"responses": said}}
    file = folder / "settings.json"
    file.write_text(json.dumps(whole, default=str), encoding="utf-8")
    return file
