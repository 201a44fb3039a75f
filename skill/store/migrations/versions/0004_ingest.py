"""What is taken in: its source, exact counts, things with a beginning and an end, and who moved where."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(400), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(27), nullable=nullable)


def upgrade() -> None:
    """Make them."""
    for name in ("readings", "events"):
        op.add_column(name, sa.Column("source", sa.String(400), nullable=False, server_default=""))
    op.create_table(
        "ingest_counts",
        _id("tenant"),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", "outcome"),
    )
    op.create_table(
        "spans",
        _id("tenant"),
        _id("account"),
        sa.Column("kind", sa.String(20), nullable=False),
        _id("id"),
        _at("first_at", nullable=True),
        _at("began_at", nullable=True),
        _at("ended_at", nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "account", "kind", "id"),
    )
    op.create_table(
        "moves",
        _id("tenant"),
        _id("target"),
        _id("person"),
        _id("source"),
        _at("at"),
        sa.PrimaryKeyConstraint("tenant", "target", "person", "source"),
    )
