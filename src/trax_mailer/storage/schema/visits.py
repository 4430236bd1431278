"""Visits: clicks and opens, where links lead since, and events as providers posted them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.storage.schema.columns import UtcTime, metadata, one_of

raw_event = Table(
    "raw_event",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("provider", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("content", JSON, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Index(None, "received_at"),
)
"""Events as the provider posted them, stripped of whatever tells people apart; deleted after some days."""

visit = Table(
    "visit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", Integer, nullable=False),
    Column("kind", one_of(VisitKind, "kind"), nullable=False),
    Column("link", Integer, nullable=False),
    Column("pseudonym", LargeBinary(8)),
    Column("subscriber_id", Integer),
    Column("language", String(35), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("after", Integer, nullable=False),
    Column("method", String(8), nullable=False),
    Column("agent", String(24), nullable=False),
    Column("hints", String(80), nullable=False),
    Column("verdict", one_of(Verdict, "verdict"), nullable=False),
    Column("why", String(80), nullable=False),
    Index(None, "mailing_id", "kind", "link"),
    Index(None, "mailing_id", "pseudonym"),
    Index(None, "at"),
    Index(
        None,
        "subscriber_id",
        sqlite_where=text("subscriber_id IS NOT NULL"),
        postgresql_where=text("subscriber_id IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

visit_count = Table(
    "visit_count",
    metadata,
    Column("mailing_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", one_of(VisitKind, "kind"), primary_key=True),
    Column("link", Integer, primary_key=True, autoincrement=False),
    Column("language", String(35), primary_key=True),
    Column("hour", UtcTime, primary_key=True),
    Column("verdict", one_of(Verdict, "verdict"), primary_key=True),
    Column("visits", Integer, nullable=False),
    Column("visitors", Integer, nullable=False),
)
"""What is left of visits whose pseudonyms were deleted: how many, and by how many pseudonyms."""

retarget = Table(
    "retarget",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("link", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("act_id", ForeignKey("act.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "mailing_id", "link"),
    sqlite_autoincrement=True,
)
"""Links that were sent elsewhere after the mailing: the newest row of a link holds."""

counter = Table(
    "counter",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Integer, nullable=False),
)
"""Numbers that are only ever added to, such as visits that a full queue dropped."""
