"""Readers: lists, subscribers, where each stands and how they came there, and who is never to be mailed."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from trax_mailer.model.act import ActKind
from trax_mailer.model.subscriber import SubscriptionState, SuppressionReason
from trax_mailer.model.visit import TrackingMode
from trax_mailer.storage.schema.columns import UtcTime, metadata, one_of

mailing_list = Table(
    "list",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("title", Text, nullable=False, server_default=text("''")),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("public", Boolean, nullable=False, server_default=false()),
    Column("tracking", one_of(TrackingMode, "tracking"), nullable=False, server_default="aggregate"),
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
    Column("subscriber_id", Integer, primary_key=True, autoincrement=False),
    Column("list_id", Integer, primary_key=True, autoincrement=False),
    Column("state", one_of(SubscriptionState, "state"), nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("act_id", Integer, nullable=False),
    Column("line", Integer, nullable=False, server_default="0"),
    Column("topics", Text, nullable=False, server_default=text("''")),
    Column("untracked", Boolean, nullable=False, server_default=false()),
    *(
        # On PostgreSQL, triggers keep the references (`references.py`).
        ForeignKeyConstraint([f"{parent}_id"], [f"{parent}.id"]).ddl_if(dialect="sqlite")
        for parent in ("subscriber", "list", "act")
    ),
    Index(None, "list_id", "state", "subscriber_id"),
    sqlite_with_rowid=False,
)
"""`act_id` is what brought the reader to this state; `line` stands in the file of an import. `topics` are
the names of the topics that the reader chose, sorted and joined by commas; all of them where it is empty.
`untracked` readers get mails without any tracking, whatever the list does."""

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
