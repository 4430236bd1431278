"""Visits that nobody has judged yet have an index: they are looked for every minute, among all there were.

Those of a mailing are found in the order in which they came, at whose end an index grows cheaply; nobody asks
for those of a link.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index holds the visits not judged alone; another takes the place of one that nothing used."""
    op.create_index(
        "ix_visit_not_judged",
        "visit",
        ["mailing_id", "id", "at", "why"],
        sqlite_where=sa.text("why = ''"),
        postgresql_where=sa.text("why = ''"),
    )
    op.drop_index(op.f("ix_visit_mailing_id_kind_link"), "visit")
    op.create_index(op.f("ix_visit_mailing_id_id"), "visit", ["mailing_id", "id"])
