"""Acts, wordings, tags, choices, notices, erasures: who asked for what, and how they left."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATES = ("pending", "subscribed", "unsubscribed", "bounced", "complained")
_ACTS = (
    "import",
    "form",
    "confirmation",
    "page",
    "one-click",
    "staff",
    "bounce",
    "complaint",
    "provider",
    "restore",
    "expiry",
)
_OLD_CAUSES = {
    "import": "import",
    "page": "page",
    "one-click": "one-click",
    "carried over into a restored ledger": "restore",
}
_CHUNK = 5_000


def upgrade() -> None:
    """Widen what is there, make the new tables, and turn each reader's evidence into acts."""
    for column in (
        sa.Column("title", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("description", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("public", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("list", column)
    for name in ("segment", "segment_rule"):
        op.add_column("mailing", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("batch", sa.Column("topics", sa.Text(), nullable=False, server_default=sa.text("''")))
    _make_acts()
    _remake_subscriptions()
    _make_the_rest()


def _make_acts() -> None:
    op.create_table(
        "tag",
        _reference("tag", "subscriber_id", "subscriber.id", key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tag_name_subscriber_id"), "tag", ["name", "subscriber_id"])
    op.create_table(
        "wording",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _time("since"),
        sa.UniqueConstraint("hash", name=op.f("uq_wording_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "act",
        sa.Column("id", sa.Integer(), primary_key=True),
        _one_of("kind", *_ACTS),
        _time("at"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _reference("act", "wording_id", "wording.id", nullable=True),
        _reference("act", "subscriber_id", "subscriber.id", nullable=True),
        _reference("act", "list_id", "list.id", nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_act_subscriber_id"), "act", ["subscriber_id"])


def _remake_subscriptions() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("CREATE TABLE subscription_was AS SELECT * FROM subscription")
    op.drop_table("subscription")
    op.create_table(
        "subscription",
        _reference("subscription", "subscriber_id", "subscriber.id", key=True),
        _reference("subscription", "list_id", "list.id", key=True),
        _one_of("state", *_STATES),
        _time("changed_at"),
        _reference("subscription", "act_id", "act.id"),
        sa.Column("line", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("topics", sa.Text(), nullable=False, server_default=sa.text("''")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_subscription_list_id_state_subscriber_id"),
        "subscription",
        ["list_id", "state", "subscriber_id"],
    )
    op.create_table(
        "past_subscription",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("past_subscription", "subscriber_id", "subscriber.id"),
        _reference("past_subscription", "list_id", "list.id"),
        _one_of("state", *_STATES),
        _time("changed_at"),
        _reference("past_subscription", "act_id", "act.id"),
        sa.Column("line", sa.Integer(), nullable=False, server_default="0"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_past_subscription_subscriber_id_list_id"), "past_subscription", ["subscriber_id", "list_id"]
    )
    _Acts(connection).take_over()
    op.drop_table("subscription_was")


class _Acts:
    """The old evidence, a JSON list beside each subscription, as acts: one for each import or click."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[object, ...], int] = {}
        names = ("act", "subscription", "past_subscription")
        self._act, self._present, self._past = (
            sa.Table(name, sa.MetaData(), autoload_with=connection) for name in names
        )
        # Without types: a table made by CREATE TABLE … AS has lost those of SQLite.
        columns = ("id", "subscriber_id", "list_id", "state", "changed_at", "cause", "evidence")
        self._was = sa.table("subscription_was", *map(sa.column, columns))

    def take_over(self) -> None:
        """Every subscription, some thousand at a time, in order of their ids."""
        after = 0
        query = sa.select(self._was).order_by(self._was.c.id).limit(_CHUNK)
        while rows := self._connection.execute(query.where(self._was.c.id > after)).mappings().all():
            after = rows[-1]["id"]
            present, past = [], []
            for row in rows:
                *before, last = self._standings(row)
                present.append(last)
                past += before
            self._connection.execute(sa.insert(self._present), present)
            if past:
                self._connection.execute(sa.insert(self._past), past)

    def _standings(self, row: sa.RowMapping) -> list[dict[str, Any]]:
        """Where the reader stood, oldest first; the last is where they stand."""
        evidence = row["evidence"]
        told = json.loads(evidence) if isinstance(evidence, str) else evidence
        base = {"subscriber_id": row["subscriber_id"], "list_id": row["list_id"]}
        now = _moment(row["changed_at"])
        found = []
        for number, entry in enumerate(told or [{}]):
            last = number == max(len(told) - 1, 0)
            at = now if last else _moment(entry.get("at"), otherwise=now)
            state = row["state"] if last else entry.get("state")
            if state in _STATES:
                found.append(
                    base
                    | {
                        "state": state,
                        "changed_at": at,
                        "act_id": self._act_of(entry, at=at, cause=row["cause"], last=last),
                        "line": int(entry.get("line") or 0),
                    }
                )
        return found

    def _act_of(self, entry: dict[str, Any], *, at: dt.datetime, cause: str, last: bool) -> int:
        how = str(cause if last else entry.get("how", ""))
        kind = _OLD_CAUSES.get(how, "staff")
        mark = (how, entry.get("file"), entry.get("by"), at)
        if kind == "import" and mark in self._known:
            return self._known[mark]
        values = {
            "kind": kind,
            "at": at,
            "by": str(entry.get("by") or ""),
            "source": str(entry.get("file") or ""),
            "words": "" if how in _OLD_CAUSES else how,
            "details": {},
        }
        made = self._connection.execute(sa.insert(self._act).values(values).returning(self._act.c.id))
        number = int(made.scalar_one())
        if kind == "import":
            self._known[mark] = number
        return number


def _moment(value: object, *, otherwise: dt.datetime | None = None) -> dt.datetime:
    """A stored time; SQLite holds it as text or without its zone."""
    found = value
    if isinstance(value, str):
        try:
            found = dt.datetime.fromisoformat(value)
        except ValueError:
            found = None
    if isinstance(found, dt.datetime):
        in_utc = found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
        return in_utc.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else in_utc
    if otherwise is None:
        raise ValueError(f"{value!r} is no time")
    return otherwise


def _make_the_rest() -> None:
    op.create_table(
        "tracking_consent",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("tracking_consent", "subscriber_id", "subscriber.id"),
        _reference("tracking_consent", "list_id", "list.id"),
        _time("given_at"),
        _reference("tracking_consent", "given_act_id", "act.id"),
        _time("withdrawn_at", nullable=True),
        _reference("tracking_consent", "withdrawn_act_id", "act.id", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_tracking_consent_subscriber_id_list_id"), "tracking_consent", ["subscriber_id", "list_id"]
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        _reference("notice", "subscriber_id", "subscriber.id", nullable=True),
        _reference("notice", "list_id", "list.id", nullable=True),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        _time("made_at"),
        _time("not_before"),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reason", sa.Text(), nullable=False, server_default=sa.text("''")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_notice_state_not_before"), "notice", ["state", "not_before"])
    op.create_index(op.f("ix_notice_address"), "notice", ["address"])
    op.create_table(
        "erasure",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.Integer(), nullable=False),
        _time("at"),
    )
    op.create_table(
        "provider_suppression",
        sa.Column("provider", sa.String(32), primary_key=True),
        sa.Column("list", sa.String(64), primary_key=True),
        sa.Column("address", sa.String(320), primary_key=True),
        _time("since"),
        sa.Column("reason", sa.Text(), nullable=False),
        _time("seen_at"),
        sqlite_with_rowid=False,
    )


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(name: str, *values: str) -> sa.Column[Any]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)


def _reference(
    table: str, name: str, target: str, *, key: bool = False, nullable: bool = False
) -> sa.Column[Any]:
    there = sa.ForeignKey(target, name=op.f(f"fk_{table}_{name}"))
    return sa.Column(name, sa.Integer(), there, primary_key=key, nullable=nullable)
