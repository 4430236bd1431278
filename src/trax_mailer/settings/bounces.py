"""The mailbox of bounces, as trax.yaml and the environment name it."""

from __future__ import annotations

from collections.abc import Mapping

from trax_mailer.fields import Field, Kind
from trax_mailer.model.values import Group, Text
from trax_mailer.settings.types import BounceRule, BouncesSettings, Secret

_USUAL = BouncesSettings()
_PORTS = {"tls": 993, "starttls": 143, "none": 143}


def _words(name: str, help: str) -> Field:  # noqa: A002 - the field's own word
    return Field(name=name, kind=Kind.TEXT, help=help, merge=False)


def _number(name: str, help: str, *, least: int = 1, most: int) -> Field:  # noqa: A002 - likewise
    return Field(name=name, kind=Kind.NUMBER, least=least, most=most, help=help)


BOUNCES = (
    _words("host", "The name of the IMAP server with the mailbox that bounces come to."),
    _number("port", "993 by default; 143 with security: starttls.", most=65535),
    Field(
        name="security",
        kind=Kind.CHOICE,
        choices=tuple(_PORTS),
        help="How the connection is protected; tls by default. none: only on this very machine.",
    ),
    _words("username", "The login. Its password stands in the environment, as TRAX_IMAP_PASSWORD."),
    _words("folder", "The folder to read; INBOX by default."),
    _number("timeout", "Seconds to wait for an answer; 30 by default.", most=600),
    _number(
        "every_minutes",
        "How often “trax serve” and “trax worker” look into the mailbox; every 15 minutes by default.",
        most=10_080,
    ),
    _number(
        "soft_limit",
        "After so many mailings in a row that failed for passing reasons, a reader counts as bounced; "
        "4 by default.",
        least=2,
        most=100,
    ),
    _number(
        "soft_days", "So many days may lie between the first and the last of them; 120 by default.", most=3650
    ),
)


def bounces_settings(group: Group, environ: Mapping[str, str]) -> BouncesSettings:
    """The mailbox, with its password from TRAX_IMAP_PASSWORD, and the rule for passing failures."""
    security = _text(group, "security") or _USUAL.security
    return BouncesSettings(
        host=_text(group, "host"),
        port=_whole(group, "port") or _PORTS[security],
        security=security,
        username=_text(group, "username"),
        password=Secret(environ.get("TRAX_IMAP_PASSWORD", "")),
        folder=_text(group, "folder") or _USUAL.folder,
        timeout=_whole(group, "timeout") or _USUAL.timeout,
        every_minutes=_whole(group, "every_minutes") or _USUAL.every_minutes,
        rule=BounceRule(
            limit=_whole(group, "soft_limit") or _USUAL.rule.limit,
            days=_whole(group, "soft_days") or _USUAL.rule.days,
        ),
    )


def _text(group: Group, name: str) -> str:
    value = group.values.get(name)
    return value.source if isinstance(value, Text) else value if isinstance(value, str) else ""


def _whole(group: Group, name: str) -> int:
    value = group.values.get(name)
    return value if isinstance(value, int) else 0
