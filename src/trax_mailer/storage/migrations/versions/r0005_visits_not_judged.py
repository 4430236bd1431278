"""An index of the visits that nobody has judged yet: looked for every minute, among all that ever were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index holds these visits alone."""
    op.create_index(
        "ix_visit_not_judged",
        "visit",
        ["mailing_id", "id"],
        sqlite_where=sa.text("why = ''"),
        postgresql_where=sa.text("why = ''"),
    )
