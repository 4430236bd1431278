"""Whether a SendGrid account can send as the newsletter's sender: its key, its senders, its domains."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from python_http_client import Client

from trax_mailer.delivery.addresses import ascii_domain, domain_of
from trax_mailer.model.finding import Finding, Severity
from trax_mailer.providers.sendgrid.client import NoAnswer, NotConnected, Reply, call
from trax_mailer.providers.sendgrid.replies import error_words

_KEY_ADVICE = (
    "Make a key with “Mail Send” and read access to “Sender Authentication” in SendGrid's settings, "
    "and set it as SENDGRID_API_KEY."
)
_READS_SUPPRESSIONS = re.compile(r"suppression(\.\w+)?\.read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What stands against sending, and whether the key may read the suppressions."""

    findings: list[Finding]
    reads_suppressions: bool = False


def check_account(client: Client, from_email: str) -> Account:
    """Findings for a key that may not send and for a sender that is not verified. Sends nothing."""
    try:
        scopes = call(client.scopes.get)
        if scopes.status != 200:
            words = f"SendGrid does not accept the key: {error_words(scopes)}"
            return Account(findings=[_error(words, _KEY_ADVICE)])
        may = [scope for scope in _entries(scopes, "scopes") if isinstance(scope, str)]
        if "mail.send" not in may:
            words = "The SendGrid key may not send mail (scope mail.send)."
            return Account(findings=[_error(words, _KEY_ADVICE)])
        return Account(
            findings=_check_sender(client, ascii_domain(from_email)),
            reads_suppressions=any(_READS_SUPPRESSIONS.fullmatch(scope) for scope in may),
        )
    except (NotConnected, NoAnswer) as error:
        words = f"SendGrid cannot be reached: {error}"
        return Account(findings=[_error(words, "Check the network, and sendgrid in trax.yaml.")])


def _check_sender(client: Client, sender: str) -> list[Finding]:
    """A verified domain or a verified single sender will do."""
    domain = domain_of(sender)
    domains = call(client.whitelabel.domains.get, query_params={"domain": domain, "limit": 50})
    for entry in _entries(domains, ""):
        if _text(entry, "domain") == domain and entry.get("valid") is True:
            return []
    senders = call(client.verified_senders.get, query_params={"limit": 500})
    for entry in _entries(senders, "results"):
        if _text(entry, "from_email") == sender.lower() and entry.get("verified") is True:
            return []
    unread = [reply for reply in (domains, senders) if reply.status != 200]
    if unread:
        words = f"The key cannot read whether {sender} is a verified sender: {error_words(unread[0])}"
        return [_error(words, _KEY_ADVICE)]
    return [
        _error(
            f"{sender} is no verified sender of this SendGrid account, and {domain} is no verified domain.",
            f"Authenticate the domain {domain} in SendGrid (Settings, Sender Authentication).",
        )
    ]


def _entries(reply: Reply, key: str) -> list[Any]:
    """The list in a reply, or under `key` in it; empty where there is none."""
    if reply.status != 200:
        return []
    try:
        data = json.loads(reply.body)
    except ValueError:
        return []
    found = data.get(key) if key and isinstance(data, dict) else data
    return found if isinstance(found, list) else []


def _text(entry: object, key: str) -> str:
    return str(entry.get(key, "")).lower() if isinstance(entry, dict) else ""


def _error(message: str, advice: str) -> Finding:
    return Finding(check="sendgrid", severity=Severity.ERROR, message=message, advice=advice)
