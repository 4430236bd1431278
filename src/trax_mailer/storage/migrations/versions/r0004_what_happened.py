"""Visits, their counts, retargeted links, raw events: what became of a mail after it arrived."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MODES = ("none", "aggregate", "individual")
_KINDS = ("click", "open")
_VERDICTS = ("human", "machine", "unsure")


def upgrade() -> None:
    """Modes of tracking for lists, readers and mailings; then the new tables."""
    _add_mode("list", default="aggregate", options={"sqlite_autoincrement": True})
    _add_mode("mailing", default="none", options={"sqlite_autoincrement": True})
    op.add_column(
        "subscription", sa.Column("untracked", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _make_events()
    _make_visits()


def _add_mode(table: str, *, default: str, options: dict[str, Any]) -> None:
    with op.batch_alter_table(table, table_kwargs=options) as changed:
        changed.add_column(sa.Column("tracking", sa.String(32), nullable=False, server_default=default))
        changed.create_check_constraint(op.f(f"ck_{table}_tracking"), sa.column("tracking").in_(_MODES))


def _make_events() -> None:
    op.create_table(
        "raw_event",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        _time("received_at"),
    )
    op.create_index(op.f("ix_raw_event_received_at"), "raw_event", ["received_at"])
    op.create_table(
        "retarget",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("retarget", "mailing_id", "mailing.id"),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        _reference("retarget", "act_id", "act.id"),
        _time("at"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_retarget_mailing_id_link"), "retarget", ["mailing_id", "link"])
    op.create_table(
        "counter",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("value", sa.Integer(), nullable=False),
    )


def _make_visits() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        _one_of("kind", *_KINDS),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(8)),
        sa.Column("subscriber_id", sa.Integer()),
        sa.Column("language", sa.String(35), nullable=False),
        _time("at"),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("agent", sa.String(24), nullable=False),
        sa.Column("hints", sa.String(80), nullable=False),
        _one_of("verdict", *_VERDICTS),
        sa.Column("why", sa.String(80), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_visit_mailing_id_kind_link"), "visit", ["mailing_id", "kind", "link"])
    op.create_index(op.f("ix_visit_mailing_id_pseudonym"), "visit", ["mailing_id", "pseudonym"])
    op.create_index(op.f("ix_visit_at"), "visit", ["at"])
    op.create_table(
        "visit_count",
        sa.Column("mailing_id", sa.Integer(), primary_key=True, autoincrement=False),
        _one_of("kind", *_KINDS, key=True),
        sa.Column("link", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("language", sa.String(35), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        _one_of("verdict", *_VERDICTS, key=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=False),
    )


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _one_of(name: str, *values: str, key: bool = False) -> sa.Column[Any]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False, primary_key=key)


def _reference(table: str, name: str, target: str) -> sa.Column[Any]:
    there = sa.ForeignKey(target, name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, sa.Integer(), there, nullable=False)
