"""Visits: clicks and opens, where links lead since, and events as providers posted them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    literal_column,
    text,
)

from trax_mailer.model.event import PostedKind
from trax_mailer.model.visit import Verdict, VisitKind
from trax_mailer.storage.schema.columns import UtcTime, metadata, one_of

raw_event = Table(
    "raw_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", LargeBinary(16), nullable=False, unique=True),
    Column("own_id", LargeBinary(16), unique=True),
    Column("provider", Text, nullable=False),
    Column("kind", one_of(PostedKind, "kind"), nullable=False),
    Column("content", JSON, nullable=False),
    Column("refused", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
"""Events as the provider posted them, stripped of whatever tells people apart; deleted after some days.

`key` stands for what the event says, `own_id` for the name that the provider gave it: keyed hashes, both. An
event that nothing could be made of is kept aside, with the reason in `refused`. Ids grow with time.
"""

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
    Index(None, "mailing_id", "id"),
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

not_judged = visit.c.why == literal_column("''")
"""Spelled out, as the index is: a value that is bound would hide from the database that they are the same."""

Index(
    "ix_visit_not_judged",
    visit.c.mailing_id,
    visit.c.id,
    visit.c.at,
    visit.c.why,
    sqlite_where=not_judged,
    postgresql_where=not_judged,
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
