"""The gap log: questions without an answer, redacted, and what people meant by them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(400), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(27), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "gaps",
        _id("tenant"),
        sa.Column("id", sa.String(40), nullable=False),
        _text("question"),
        _text("words"),
        sa.Column("outcome", sa.String(20), nullable=False),
        _text("candidates"),
        sa.Column("topics_version", sa.String(100), nullable=False),
        sa.Column("n_asked", sa.Integer(), nullable=False),
        _at("first_at"),
        _at("last_at"),
        sa.Column("state", sa.String(20), nullable=False),
        _id("feature", nullable=True),
        _id("settled_by", nullable=True),
        _at("settled_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("gaps_by_count", "gaps", ["tenant", "state", "n_asked", "id"])
    op.create_index("gaps_by_age", "gaps", ["last_at"])
    op.create_table(
        "gap_picks",
        _id("tenant"),
        sa.Column("gap", sa.String(40), nullable=False),
        _id("feature"),
        sa.Column("n_picked", sa.Integer(), nullable=False),
        _at("first_at"),
        _at("last_at"),
        sa.Column("state", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "gap", "feature"),
    )
