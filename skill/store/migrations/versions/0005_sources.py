"""What each source said last, and when: it serves for a while where the source cannot be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(400), nullable=False)


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "verified",
        _id("tenant"),
        _id("source"),
        _id("subject"),
        sa.Column("as_of", sa.String(27), nullable=True),
        sa.Column("due_at", sa.String(27), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "source", "subject"),
    )
