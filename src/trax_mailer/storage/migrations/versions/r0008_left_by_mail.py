"""Acts of readers who left by writing a mail, apart from one click; the visits of one reader, by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ACTS = (
    "import",
    "form",
    "confirmation",
    "page",
    "one-click",
    "mail",
    "staff",
    "bounce",
    "complaint",
    "provider",
    "restore",
    "expiry",
)
_SAID = "asked by mail to leave"
"""The words by which an act of earlier versions is known, which had no kind for it."""


def upgrade() -> None:
    """Let acts be of the new kind, give it to those that are, and find a reader's visits by an index."""
    check = op.f("ck_act_kind")
    with op.batch_alter_table("act", table_kwargs={"sqlite_autoincrement": True}) as changed:
        changed.drop_constraint(check, type_="check")
        changed.create_check_constraint(check, sa.column("kind").in_(_ACTS))
    act = sa.table("act", sa.column("kind"), sa.column("words"))
    op.execute(act.update().where(act.c.kind == "one-click", act.c.words == _SAID).values(kind="mail"))
    known = sa.text("subscriber_id IS NOT NULL")
    op.create_index(
        op.f("ix_visit_subscriber_id"), "visit", ["subscriber_id"], sqlite_where=known, postgresql_where=known
    )
