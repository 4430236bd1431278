"""Mailings: editions, batches, deliveries, and what was reported about them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from trax_mailer.model.event import EventKind
from trax_mailer.model.mailing import AudienceKind, BatchState, Handover, MailingState, Outcome
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage.schema.columns import UtcTime, metadata, one_of

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
    Column("tracking", one_of(TrackingMode, "tracking"), nullable=False, server_default="none"),
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
