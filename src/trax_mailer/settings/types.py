"""What trax.yaml and the environment say, as frozen types."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo


class Pictures(StrEnum):
    """Where the pictures of a mail come from."""

    HOSTED = "hosted"
    """From `<public_url>/a/`, as the mail is opened."""
    EMBEDDED = "embedded"
    """From the mail itself: larger, and nothing is fetched."""


class Secret:
    """A word that must never be shown: not in logs, errors, repr or the ledger."""

    __slots__ = ("_word",)

    def __init__(self, word: str) -> None:
        self._word = word

    def reveal(self) -> str:
        """The word itself, for the one call that needs it."""
        return self._word

    def __bool__(self) -> bool:
        return bool(self._word)

    def __repr__(self) -> str:
        return "Secret(***)" if self._word else "Secret(empty)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """A mail server to hand messages to. `security` is `starttls`, `tls` or `none`; time in seconds."""

    host: str = ""
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    timeout: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridSettings:
    """A SendGrid account. `region` is `global` or `eu`; `host` overrides the region's address."""

    region: str = "global"
    host: str = ""
    api_key: Secret = field(default_factory=lambda: Secret(""))
    timeout: int = 30
    batch_size: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything trax.yaml and the environment say; empty strings where they say nothing.

    `root` is the workspace's folder, `state` the state directory. `transport` is empty or one of
    `folder`, `smtp`, `sendgrid`. `subject` is a form with `{number}` and `{title}`. `outbox` is
    where the folder transport writes.
    """

    root: Path
    state: Path
    organisation: str = ""
    postal_address: str = ""
    website: str = ""
    newsletter: str = ""
    subject: str = "No {number}: {title}"
    language: str = "en"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    list_id: str = ""
    from_email: str = ""
    from_name: str = ""
    reply_to: str = ""
    public_url: str = ""
    pictures: Pictures = Pictures.HOSTED
    transport: str = ""
    outbox: Path = Path("outbox")
    smtp: SmtpSettings = field(default_factory=SmtpSettings)
    sendgrid: SendGridSettings = field(default_factory=SendGridSettings)
