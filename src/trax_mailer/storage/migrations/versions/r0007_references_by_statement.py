"""On PostgreSQL, triggers that look once a statement come in the place of foreign keys of `subscription`."""

from __future__ import annotations

from alembic import op

from trax_mailer.storage.schema.references import PARENTS, references_by_statement

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """SQLite keeps its foreign keys."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for column in PARENTS.values():
        op.drop_constraint(op.f(f"fk_subscription_{column}"), "subscription", type_="foreignkey")
    for statement in references_by_statement():
        op.execute(statement)
