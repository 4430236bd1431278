"""Events as providers posted them: known by two hashes, kept aside where nothing could be made of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DELIVERIES = ("processed", "delivered", "deferred", "bounced", "blocked", "dropped", "complained", "left")
_POSTED = (*_DELIVERIES, "returned", "opened", "clicked", "account", "unknown")


def upgrade() -> None:
    """Readers may leave by a provider's way out; then the table of raw events anew: nothing filled it yet."""
    with op.batch_alter_table("event", table_kwargs={"sqlite_autoincrement": True}) as event:
        event.drop_constraint(op.f("ck_event_kind"), type_="check")
        event.create_check_constraint(op.f("ck_event_kind"), sa.column("kind").in_(_DELIVERIES))
    # Keys begin with the ids from now on, so that the index grows where it was last written.
    on_server = op.get_bind().dialect.name == "postgresql"
    ids = "lpad(to_hex({0}), 8, '0')" if on_server else "printf('%08x', {0})"
    begun = " || ".join(ids.format(column) for column in ("mailing_id", "subscriber_id"))
    op.execute(f"UPDATE event SET key = {begun} || substr(key, 1, 48)")  # noqa: S608 - our own words
    op.drop_table("raw_event")
    kind = sa.Enum(*_POSTED, name="kind", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "raw_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("own_id", sa.LargeBinary(16)),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("key", name=op.f("uq_raw_event_key")),
        sa.UniqueConstraint("own_id", name=op.f("uq_raw_event_own_id")),
        sqlite_autoincrement=True,
    )
