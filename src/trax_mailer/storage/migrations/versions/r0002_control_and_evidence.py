"""Scheduling, many lanes, paces, evidence, a journal, and the fingerprints of the key ring."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATES = ("draft", "scheduled", "sending", "paused", "cancelled", "done")
_OUTCOMES = ("unknown", "delivered", "deferred", "bounced", "blocked", "dropped", "complained")
_AUDIENCES = ("everybody", "missed", "again")
_EVENTS = ("processed", "delivered", "deferred", "bounced", "blocked", "dropped", "complained")


def upgrade() -> None:
    """Widen the tables of mailings, then make the new ones."""
    _widen_mailings()
    _make_tables()


def _widen_mailings() -> None:
    with op.batch_alter_table("mailing", table_kwargs={"sqlite_autoincrement": True}) as mailing:
        mailing.drop_constraint(op.f("ck_mailing_state"), type_="check")
        mailing.create_check_constraint(op.f("ck_mailing_state"), sa.column("state").in_(_STATES))
        mailing.add_column(sa.Column("not_before", sa.DateTime(timezone=True)))
        mailing.add_column(sa.Column("lanes", sa.Integer(), nullable=False, server_default="1"))
        mailing.add_column(sa.Column("batch_size", sa.Integer(), nullable=False, server_default="1000"))
        mailing.add_column(sa.Column("audience", sa.String(32), nullable=False, server_default="everybody"))
        mailing.create_check_constraint(op.f("ck_mailing_audience"), sa.column("audience").in_(_AUDIENCES))
    op.add_column("batch", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("batch", sa.Column("transport", sa.String(32), nullable=False, server_default="none"))
    op.create_index(op.f("ix_batch_mailing_id_number"), "batch", ["mailing_id", "number"])
    with op.batch_alter_table("delivery", table_kwargs={"sqlite_with_rowid": False}) as delivery:
        delivery.drop_constraint(op.f("ck_delivery_outcome"), type_="check")
        delivery.create_check_constraint(op.f("ck_delivery_outcome"), sa.column("outcome").in_(_OUTCOMES))
        delivery.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))


def _make_tables() -> None:
    op.create_table(
        "pace",
        sa.Column("key", sa.String(320), primary_key=True),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.Column("blocked_until", sa.Float(), nullable=False),
        sa.Column("setbacks", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_EVENTS, name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.UniqueConstraint("key", name=op.f("uq_event_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_event_mailing_id_subscriber_id"), "event", ["mailing_id", "subscriber_id"])
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "mailing_id", sa.Integer(), sa.ForeignKey("mailing.id", name=op.f("fk_journal_mailing_id"))
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_journal_mailing_id"), "journal", ["mailing_id"])
    op.create_table(
        "key",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
    )
