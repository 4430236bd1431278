"""The tables of the ledger. Portable between SQLite and PostgreSQL; the migrations build exactly these.

Columns named `address` hold the normalised key of an address (`audience.addresses`), except in
`delivery`, which keeps the address as it was handed over. Ids are never given twice: tokens in
mails that were sent years ago hold them.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Enum,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

from trax_mailer.model.act import ActKind
from trax_mailer.model.event import EventKind
from trax_mailer.model.mailing import AudienceKind, BatchState, Handover, MailingState, Outcome
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason


class UtcTime(TypeDecorator[dt.datetime]):
    """An aware UTC time, going in and coming out. A naive time is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Convert to UTC; SQLite stores it without the zone, so that times sort as text."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value}")
        in_utc = value.astimezone(dt.UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Give every stored time its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def one_of(states: type[StrEnum], name: str) -> Enum:
    """A text column that takes the values of `states` and nothing else (CHECK), read as its members."""
    return Enum(
        states,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

mailing_list = Table(
    "list",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("title", Text, nullable=False, server_default=text("''")),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("public", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", String(320), nullable=False, unique=True),
    Column("email", String(320), nullable=False),
    Column("name", Text, nullable=False),
    Column("language", String(35), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

tag = Table(
    "tag",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("name", String(80), primary_key=True),
    Index(None, "name", "subscriber_id"),
    sqlite_with_rowid=False,
)

wording = Table(
    "wording",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("language", String(35), nullable=False),
    Column("text", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

act = Table(
    "act",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", one_of(ActKind, "kind"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("wording_id", ForeignKey("wording.id")),
    Column("subscriber_id", ForeignKey("subscriber.id")),
    Column("list_id", ForeignKey("list.id")),
    Column("details", JSON, nullable=False),
    Index(None, "subscriber_id"),
    sqlite_autoincrement=True,
)

subscription = Table(
    "subscription",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("list_id", ForeignKey("list.id"), primary_key=True),
    Column("state", one_of(SubscriptionState, "state"), nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("act_id", ForeignKey("act.id"), nullable=False),
    Column("line", Integer, nullable=False, server_default="0"),
    Column("topics", Text, nullable=False, server_default=text("''")),
    Index(None, "list_id", "state", "subscriber_id"),
    sqlite_with_rowid=False,
)
"""`act_id` is what brought the reader to this state; `line` stands in the file of an import. `topics` are
the names of the topics that the reader chose, sorted and joined by commas; all of them where it is empty."""

past_subscription = Table(
    "past_subscription",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
    Column("list_id", ForeignKey("list.id"), nullable=False),
    Column("state", one_of(SubscriptionState, "state"), nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("act_id", ForeignKey("act.id"), nullable=False),
    Column("line", Integer, nullable=False, server_default="0"),
    Index(None, "subscriber_id", "list_id"),
    sqlite_autoincrement=True,
)
"""Where readers stood before: a row is written when a subscription changes, and never changed again."""

tracking_consent = Table(
    "tracking_consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
    Column("list_id", ForeignKey("list.id"), nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Column("given_act_id", ForeignKey("act.id"), nullable=False),
    Column("withdrawn_at", UtcTime),
    Column("withdrawn_act_id", ForeignKey("act.id")),
    Index(None, "subscriber_id", "list_id"),
    sqlite_autoincrement=True,
)
"""Consent to individual tracking, apart from the subscription: it is there where none is withdrawn."""

notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("address", String(320), nullable=False),
    Column("subscriber_id", ForeignKey("subscriber.id")),
    Column("list_id", ForeignKey("list.id")),
    Column("language", String(35), nullable=False),
    Column("data", JSON, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Index(None, "state", "not_before"),
    Index(None, "address"),
    sqlite_autoincrement=True,
)
"""Mails to one person, such as to confirm: asked for, waiting to be sent, sent. Forgotten after some days."""

erasure = Table(
    "erasure",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("key_id", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""Addresses of erased people, by a keyed hash alone, so that no import brings them back."""

suppression = Table(
    "suppression",
    metadata,
    Column("address", String(320), primary_key=True),
    Column("reason", one_of(SuppressionReason, "reason"), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("source", Text, nullable=False),
)

provider_suppression = Table(
    "provider_suppression",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("list", String(64), primary_key=True),
    Column("address", String(320), primary_key=True),
    Column("since", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
"""Addresses on a provider's own lists, as last seen there."""

edition = Table(
    "edition",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("content", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

asset = Table(
    "asset",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("extension", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

edition_asset = Table(
    "edition_asset",
    metadata,
    Column("edition_hash", ForeignKey("edition.hash"), primary_key=True),
    Column("sha256", ForeignKey("asset.sha256"), primary_key=True),
)

mailing = Table(
    "mailing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue_number", Integer, nullable=False),
    Column("issue_title", Text, nullable=False),
    Column("list_id", ForeignKey("list.id"), nullable=False),
    Column("edition_hash", ForeignKey("edition.hash"), nullable=False),
    Column("transport", Text, nullable=False),
    Column("state", one_of(MailingState, "state"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("envelope", JSON, nullable=False),
    Column("proof", JSON(none_as_null=True)),
    Column("not_before", UtcTime),
    Column("lanes", Integer, nullable=False, server_default="1"),
    Column("batch_size", Integer, nullable=False, server_default="1000"),
    Column("audience", one_of(AudienceKind, "audience"), nullable=False, server_default="everybody"),
    Column("segment", Text, nullable=False, server_default=text("''")),
    Column("segment_rule", Text, nullable=False, server_default=text("''")),
    sqlite_autoincrement=True,
)

batch = Table(
    "batch",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("state", one_of(BatchState, "state"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("not_before", UtcTime),
    Column("provider_reference", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("number", Integer, nullable=False, server_default="0"),
    Column("transport", String(32), nullable=False, server_default="none"),
    Column("topics", Text, nullable=False, server_default=text("''")),
    Index(None, "mailing_id", "lane", "state"),
    Index(None, "mailing_id", "number"),
    sqlite_autoincrement=True,
)

delivery = Table(
    "delivery",
    metadata,
    Column("mailing_id", ForeignKey("mailing.id"), primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("batch_id", ForeignKey("batch.id")),
    Column("address", String(320), nullable=False),
    Column("handover", one_of(Handover, "handover"), nullable=False),
    Column("outcome", one_of(Outcome, "outcome"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Index(None, "batch_id"),
    sqlite_with_rowid=False,
)

_unfinished = delivery.c.handover != Handover.ACCEPTED
Index(
    "ix_delivery_not_accepted",
    delivery.c.mailing_id,
    delivery.c.handover,
    sqlite_where=_unfinished,
    postgresql_where=_unfinished,
)

pace = Table(
    "pace",
    metadata,
    Column("key", String(320), primary_key=True),
    Column("next_at", Float, nullable=False),
    Column("blocked_until", Float, nullable=False),
    Column("setbacks", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("provider", Text, nullable=False),
    Column("mailing_id", Integer, nullable=False),
    Column("subscriber_id", Integer, nullable=False),
    Column("kind", one_of(EventKind, "kind"), nullable=False),
    Column("occurred_at", UtcTime, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "mailing_id", "subscriber_id"),
    sqlite_autoincrement=True,
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id")),
    Column("at", UtcTime, nullable=False),
    Column("act", String(32), nullable=False),
    Column("words", Text, nullable=False),
    Index(None, "mailing_id"),
    sqlite_autoincrement=True,
)

key = Table(
    "key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False),
    Column("noted_at", UtcTime, nullable=False),
)
