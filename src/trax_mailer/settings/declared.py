"""The layout of trax.yaml, as declared fields."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from trax_mailer.fields import Field, Kind, json_schema
from trax_mailer.settings.bounces import BOUNCES
from trax_mailer.settings.topics import TOPICS
from trax_mailer.settings.types import Pictures

TRANSPORTS = ("folder", "smtp", "sendgrid")


def _text(name: str, help: str, *, required: bool = False) -> Field:  # noqa: A002 - the field's own word
    return Field(name=name, kind=Kind.TEXT, help=help, required=required, merge=False)


def _seconds(name: str = "timeout") -> Field:
    return Field(
        name=name, kind=Kind.NUMBER, least=1, most=600, help="Seconds to wait for an answer; 30 by default."
    )


def _lanes(default: int) -> Field:
    help_words = f"How many calls may be under way at once; {default} by default."
    return Field(name="lanes", kind=Kind.NUMBER, least=1, most=64, help=help_words)


RATE = Field(
    name="rate",
    kind=Kind.NUMBER,
    least=1,
    most=1_000_000,
    help="Most recipients a second; no limit by default.",
)

ORGANISATION = (
    _text("name", "The organisation's name, as it stands in the footer.", required=True),
    _text("postal_address", "The postal address in the footer. The law asks for it in every newsletter."),
    Field(name="website", kind=Kind.URL, help="The organisation's website."),
)

NEWSLETTER = (
    _text("name", "The newsletter's name.", required=True),
    _text("subject", 'The form of the subject, with {number} and {title}, such as "No {number}: {title}".'),
    Field(name="language", kind=Kind.LANGUAGE, help="The language of issues that name none; en by default."),
    _text("timezone", "The time zone of dates and times in issues, such as Europe/Zurich; UTC by default."),
    _text(
        "list_id",
        "The newsletter's own identifier (RFC 2919), such as trax.example.org. Never change it: "
        "readers' filters rely on it.",
        required=True,
    ),
    Field(
        name="pictures",
        kind=Kind.CHOICE,
        choices=tuple(Pictures),
        help="hosted: from public_url, as the mail is opened. embedded: inside the mail, larger.",
    ),
    TOPICS,
)

SENDER = (
    _text("name", "The name readers see as the sender."),
    Field(name="email", kind=Kind.EMAIL, help="The address the newsletter comes from."),
    Field(name="reply_to", kind=Kind.EMAIL, help="The address that answers go to; somebody should read it."),
)

SMTP = (
    _text("host", "The mail server's name."),
    Field(name="port", kind=Kind.NUMBER, least=1, most=65535, help="587 by default; 465 with security: tls."),
    Field(
        name="security",
        kind=Kind.CHOICE,
        choices=("starttls", "tls", "none"),
        help="How the connection is protected; starttls by default.",
    ),
    _text("username", "The login. Its password stands in the environment, as TRAX_SMTP_PASSWORD."),
    _seconds(),
    Field(
        name="answer_timeout",
        kind=Kind.NUMBER,
        least=1,
        most=3600,
        help="Seconds to wait for the answer after a whole message; 600 by default (RFC 5321).",
    ),
    _lanes(2),
    Field(name="connections", kind=Kind.NUMBER, least=1, most=100, help="Connections a lane; 4 by default."),
    RATE,
)

GROUPS = (
    _text("list", "The list's name here.", required=True),
    Field(name="group", kind=Kind.NUMBER, least=1, required=True, help="The group's number at SendGrid."),
)

SENDGRID = (
    Field(name="region", kind=Kind.CHOICE, choices=("global", "eu"), help="Where the account lives."),
    Field(name="host", kind=Kind.URL, help="Another address for the API, for trials; left out otherwise."),
    _seconds(),
    Field(name="batch_size", kind=Kind.NUMBER, least=1, most=1000, help="Readers a call; 1000 by default."),
    _lanes(4),
    RATE,
    _text(
        "webhook_key",
        "The verification key of the account's signed event webhook (it is public), as SendGrid shows it.",
    ),
    Field(
        name="event_days",
        kind=Kind.NUMBER,
        least=2,
        most=365,
        help="Days for which events are kept as they were posted, without people in them; 30 by default.",
    ),
    Field(
        name="groups",
        kind=Kind.LIST,
        of=Field(name="mapping", kind=Kind.GROUP, fields=GROUPS),
        help="Which list each of SendGrid's unsubscribe groups (ASM) stands for.",
    ),
    Field(
        name="sync_suppressions",
        kind=Kind.BOOLEAN,
        help="true: trax serve or trax worker syncs the suppressions with SendGrid once a day.",
    ),
)

SENDING = (
    Field(
        name="late_minutes",
        kind=Kind.NUMBER,
        least=1,
        most=10_080,
        help="How many minutes late a scheduled mailing may still start by itself; 60 by default.",
    ),
)

TRACKING = (
    Field(
        name="days",
        kind=Kind.NUMBER,
        least=1,
        most=365,
        help="Days after which the pseudonyms of visits are deleted, and only counts stay; 30 by default.",
    ),
    Field(
        name="pixel",
        kind=Kind.CHOICE,
        choices=("yes", "no"),
        help="Whether tracked mails carry the picture that tells of an open; yes by default.",
    ),
)

SUBSCRIBING = (
    Field(
        name="confirm_days",
        kind=Kind.NUMBER,
        least=1,
        most=60,
        help="For how many days a link to confirm a subscription works; 7 by default.",
    ),
    Field(
        name="link_minutes",
        kind=Kind.NUMBER,
        least=5,
        most=1440,
        help="For how many minutes a link to one's own data works; 60 by default.",
    ),
    Field(
        name="ask_why",
        kind=Kind.BOOLEAN,
        help="Whether readers who left are asked why. They need not answer. true by default.",
    ),
)

SETTINGS = (
    Field(name="organisation", kind=Kind.GROUP, fields=ORGANISATION, required=True, help="Who publishes."),
    Field(name="newsletter", kind=Kind.GROUP, fields=NEWSLETTER, required=True, help="What is published."),
    Field(name="sender", kind=Kind.GROUP, fields=SENDER, help="Who it comes from."),
    Field(
        name="public_url",
        kind=Kind.URL,
        help="Where “trax serve” answers readers: unsubscribe links, pictures, browser view.",
    ),
    Field(
        name="transport",
        kind=Kind.CHOICE,
        choices=TRANSPORTS,
        help="How mail leaves: folder (files, nothing is sent), smtp or sendgrid. None: nothing is sent.",
    ),
    Field(
        name="folder",
        kind=Kind.GROUP,
        fields=(
            _text("path", "Where the folder transport writes; outbox in the state directory by default."),
        ),
        help="Settings of the folder transport.",
    ),
    Field(name="smtp", kind=Kind.GROUP, fields=SMTP, help="Settings of the smtp transport."),
    Field(
        name="sendgrid",
        kind=Kind.GROUP,
        fields=SENDGRID,
        help="Settings of the sendgrid transport. Its key stands in the environment, as SENDGRID_API_KEY.",
    ),
    Field(name="sending", kind=Kind.GROUP, fields=SENDING, help="Settings of every mailing."),
    Field(
        name="bounces",
        kind=Kind.GROUP,
        fields=BOUNCES,
        help="The mailbox that bounces come to, and what counts.",
    ),
    Field(
        name="tracking",
        kind=Kind.GROUP,
        fields=TRACKING,
        help="What is kept of visits, and how long.",
    ),
    Field(name="subscribing", kind=Kind.GROUP, fields=SUBSCRIBING, help="Settings of the pages for readers."),
    _text(
        "database",
        "A PostgreSQL database for the ledger, such as postgresql://trax@db.example.org/trax. Its password "
        "stands in the environment, as TRAX_DATABASE_PASSWORD. A file in the state directory by default.",
    ),
    _text(
        "state",
        "The state directory (lists, ledger, keys), outside the workspace. A path in your home by default.",
    ),
)


def time_zones() -> tuple[str, ...]:
    """The names of the IANA time zones."""
    return tuple(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def settings_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of trax.yaml."""
    schema = json_schema(SETTINGS, title="The settings of a newsletter workspace (trax.yaml)")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
