"""What trax.yaml and the environment say, as frozen types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
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
    """A mail server to hand messages to. `security` is `starttls`, `tls` or `none`; times in seconds.

    `answer_timeout` is for the answer after the message's end (RFC 5321 §4.5.3.2.6). `connections` are
    those of one lane. `rate` is recipients a second over all workers, 0 for no limit.
    """

    host: str = ""
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    timeout: int = 30
    answer_timeout: int = 600
    lanes: int = 2
    connections: int = 4
    rate: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridSettings:
    """A SendGrid account. `region` is `global` or `eu`; `host` overrides the region's address.

    `rate` is recipients a second over all workers, 0 for no limit. `webhook_key` is the public key
    with which SendGrid's signatures are checked, in base64. `groups` maps names of lists to the ids of the
    unsubscribe groups that stand for them there; `sync_suppressions` says to sync once a day. Events are kept
    as they were posted, without people in them, for `event_days`.
    """

    region: str = "global"
    host: str = ""
    api_key: Secret = field(default_factory=lambda: Secret(""))
    timeout: int = 30
    batch_size: int = 1000
    lanes: int = 4
    rate: int = 0
    webhook_key: str = ""
    groups: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    sync_suppressions: bool = False
    event_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceRule:
    """When passing failures count as lasting: in `limit` mailings in a row, all of them within `days`."""

    limit: int = 4
    days: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncesSettings:
    """A mailbox on an IMAP server that bounces come to. `security` is `tls`, `starttls` or `none`.

    `every_minutes` says how often “trax serve” and “trax worker” look into it.
    """

    host: str = ""
    port: int = 993
    security: str = "tls"
    username: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    folder: str = "INBOX"
    timeout: int = 30
    every_minutes: int = 15
    rule: BounceRule = field(default_factory=BounceRule)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where the ledger is: a PostgreSQL address without its password, or, where it is empty, SQLite."""

    url: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingSettings:
    """What tracking keeps: pseudonyms for so many `days`, opens where mails carry the `pixel`."""

    days: int = 30
    pixel: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that readers may choose: the sections of some types, and whichever name it themselves.

    `name` is what files and the ledger hold and never changes; `title` is what readers see, `titles` the same
    in other languages. `sections` are names of section types.
    """

    name: str
    title: str
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sections: tuple[str, ...] = ()

    def title_in(self, language: str) -> str:
        """What readers of that language see."""
        return self.titles.get(language) or self.titles.get(language.partition("-")[0]) or self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribingSettings:
    """The pages for readers: for how long their links work, and whether those who left are asked why."""

    confirm_days: int = 7
    link_minutes: int = 60
    ask_why: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything trax.yaml and the environment say; empty strings where they say nothing.

    `root` is the workspace's folder, `state` the state directory. `transport` is empty or one of
    `folder`, `smtp`, `sendgrid`. `subject` is a form with `{number}` and `{title}`. `outbox` is
    where the folder transport writes. `late_minutes` says how late a scheduled mailing may still start.
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
    topics: tuple[Topic, ...] = ()
    transport: str = ""
    outbox: Path = Path("outbox")
    smtp: SmtpSettings = field(default_factory=SmtpSettings)
    sendgrid: SendGridSettings = field(default_factory=SendGridSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    bounces: BouncesSettings = field(default_factory=BouncesSettings)
    late_minutes: int = 60
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    subscribing: SubscribingSettings = field(default_factory=SubscribingSettings)
