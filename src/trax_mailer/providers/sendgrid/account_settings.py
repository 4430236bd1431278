"""SendGrid's settings of an account, read through the API; nothing is changed.

https://www.twilio.com/docs/sendgrid/api-reference/webhooks and the pages beside it: scopes, tracking
settings, domain authentication, link branding, mail settings.
"""

from __future__ import annotations

import json
from threading import Event
from typing import Any

from trax_mailer.errors import Forbidden, ProviderError
from trax_mailer.providers.sendgrid.asking import Asker, Patience, Unreadable
from trax_mailer.providers.sendgrid.client import Reply, open_client
from trax_mailer.providers.sendgrid.replies import error_words
from trax_mailer.settings import SendGridSettings

PATIENCE = Patience(tries=2, first=1.0, longest=2.0, most=10.0)
"""Somebody sits before it and waits."""

_Data = dict[str, Any]


class AccountSettings:
    """The settings of the account whose key is given. For one thread.

    Every method raises Forbidden, with the scope, where the key may not read it, and ProviderError where
    SendGrid refuses or stays silent.
    """

    def __init__(self, settings: SendGridSettings, *, patience: Patience | None = None) -> None:
        self._client = open_client(settings)
        self._ask = Asker(stop=Event(), say=lambda _words: None, patience=patience or PATIENCE).ask

    def scopes(self) -> set[str]:
        """What the key may do."""
        found = self._read("scopes", scope="")
        return {one for one in _list(found, "scopes") if isinstance(one, str)}

    def webhooks(self) -> list[_Data]:
        """The event webhooks of the account. A signed one has its `public_key`."""
        path = "user/webhooks/event/settings/all"
        found = self._read(path, scope="user.webhooks.event.settings.read", include="account_status_change")
        return _objects(_list(found, "webhooks"))

    def public_key(self, webhook: str) -> str:
        """The key with which that webhook's posts are signed; empty where they are not."""
        path = f"user/webhooks/event/settings/signed/{webhook}"
        found = _object(self._read(path, scope="user.webhooks.event.settings.read"))
        return _word(found.get("public_key"))

    def tracking(self, what: str) -> _Data:
        """The tracking of `click`, `open`, `subscription` or `google_analytics`."""
        return _object(self._read(f"tracking_settings/{what}", scope=f"tracking_settings.{what}.read"))

    def domains(self, domain: str) -> list[_Data]:
        """The authenticated domains of that name."""
        return _objects(self._read("whitelabel/domains", scope="whitelabel.read", domain=domain, limit=50))

    def links(self) -> list[_Data]:
        """The domains over which SendGrid leads the links that it rewrites."""
        return _objects(self._read("whitelabel/links", scope="whitelabel.read", limit=50))

    def mail_settings(self) -> dict[str, bool]:
        """Which settings of mails are on, by name."""
        found = _objects(_list(self._read("mail_settings", scope="mail_settings.read"), "result"))
        return {_word(one.get("name")): one.get("enabled") is True for one in found}

    def _read(self, path: str, *, scope: str, **query: object) -> object:
        method = self._client
        for part in path.split("/"):
            method = method._(part)

        def read(reply: Reply) -> object:
            _refuse(reply, path, scope)
            try:
                return json.loads(reply.body)
            except ValueError:
                raise Unreadable(f"the answer about {path} is no JSON") from None

        return self._ask(method.get, read, **({"query_params": query} if query else {}))


def _refuse(reply: Reply, path: str, scope: str) -> None:
    if 200 <= reply.status < 300:
        return
    said = error_words(reply)
    if reply.status == 401:
        raise ProviderError(
            f"SendGrid does not accept the key: {said}",
            advice="Make a new key in SendGrid (Settings, API Keys), and set it as SENDGRID_API_KEY.",
        )
    if reply.status == 403:
        raise Forbidden(f"The key may not read {path}: {said}", advice=f"Give the key the scope {scope}.")
    raise ProviderError(f"SendGrid does not tell {path}: {said}")


def _list(found: object, name: str) -> list[Any]:
    inner = _object(found).get(name)
    return inner if isinstance(inner, list) else []


def _object(found: object) -> _Data:
    return found if isinstance(found, dict) else {}


def _objects(found: object) -> list[_Data]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _word(found: object) -> str:
    return found if isinstance(found, str) else ""
