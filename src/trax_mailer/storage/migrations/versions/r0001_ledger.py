"""The ledger's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table of the first version."""
    _make_audience()
    _make_editions()
    _make_mailings()


def _make_audience() -> None:
    op.create_table(
        "list",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        _time("created_at"),
        sa.UniqueConstraint("name", name=op.f("uq_list_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        _time("created_at"),
        sa.UniqueConstraint("address", name=op.f("uq_subscriber_address")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("subscription", "subscriber_id", "subscriber.id"),
        _reference("subscription", "list_id", "list.id"),
        _state("state", "subscribed", "unsubscribed", "bounced", "complained"),
        _time("changed_at"),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.UniqueConstraint("subscriber_id", "list_id", name=op.f("uq_subscription_subscriber_id_list_id")),
    )
    op.create_index(
        op.f("ix_subscription_list_id_state_subscriber_id"),
        "subscription",
        ["list_id", "state", "subscriber_id"],
    )
    op.create_table(
        "suppression",
        sa.Column("address", sa.String(320), primary_key=True),
        _state("reason", "bounced", "complained", "unsubscribed", "staff"),
        _time("since"),
        sa.Column("source", sa.Text(), nullable=False),
    )


def _make_editions() -> None:
    op.create_table(
        "edition",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        _time("created_at"),
    )
    op.create_table(
        "asset",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "edition_asset",
        _key("edition_asset", "edition_hash", "edition.hash", sa.String(64)),
        _key("edition_asset", "sha256", "asset.sha256", sa.String(64)),
    )


def _make_mailings() -> None:
    op.create_table(
        "mailing",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("issue_number", sa.Integer(), nullable=False),
        sa.Column("issue_title", sa.Text(), nullable=False),
        _reference("mailing", "list_id", "list.id"),
        sa.Column(
            "edition_hash",
            sa.String(64),
            sa.ForeignKey("edition.hash", name=op.f("fk_mailing_edition_hash")),
            nullable=False,
        ),
        sa.Column("transport", sa.Text(), nullable=False),
        _state("state", "draft", "sending", "paused", "cancelled", "done"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        _time("created_at"),
        _time("started_at", nullable=True),
        _time("finished_at", nullable=True),
        sa.Column("envelope", sa.JSON(), nullable=False),
        sa.Column("proof", sa.JSON()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("batch", "mailing_id", "mailing.id"),
        sa.Column("lane", sa.Integer(), nullable=False),
        _state("state", "ready", "calling", "accepted", "uncertain", "rejected"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        _time("not_before", nullable=True),
        sa.Column("provider_reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _time("changed_at"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_batch_mailing_id_lane_state"), "batch", ["mailing_id", "lane", "state"])
    _make_deliveries()


def _make_deliveries() -> None:
    op.create_table(
        "delivery",
        _key("delivery", "mailing_id", "mailing.id", sa.Integer()),
        _key("delivery", "subscriber_id", "subscriber.id", sa.Integer()),
        _reference("delivery", "batch_id", "batch.id", nullable=True),
        sa.Column("address", sa.String(320), nullable=False),
        _state("handover", "queued", "calling", "accepted", "failed", "skipped", "uncertain"),
        _state("outcome", "unknown", "delivered", "deferred", "bounced", "complained"),
        sa.Column("reason", sa.Text(), nullable=False),
        _time("changed_at"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_delivery_batch_id"), "delivery", ["batch_id"])
    unfinished = sa.text("handover != 'accepted'")
    op.create_index(
        "ix_delivery_not_accepted",
        "delivery",
        ["mailing_id", "handover"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _state(name: str, *values: str) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)


def _reference(table: str, name: str, target: str, *, nullable: bool = False) -> sa.Column[object]:
    key = sa.ForeignKey(target, name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, sa.Integer(), key, nullable=nullable)


def _key(table: str, name: str, target: str, kind: sa.String | sa.Integer) -> sa.Column[object]:
    return sa.Column(
        name, kind, sa.ForeignKey(target, name=op.f(f"fk_{table}_{name}")), primary_key=True, nullable=False
    )
