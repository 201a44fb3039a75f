"""Sweeps: how far each got, which signals hold since when, and which have fired."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(400), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(27), nullable=nullable)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "signal_states",
        _id("tenant"),
        _id("account"),
        _id("signal"),
        _id("source"),
        sa.Column("milestone", sa.String(60), nullable=False),
        _at("since"),
        _at("judged_at"),
        sa.PrimaryKeyConstraint("tenant", "account", "signal", "source"),
    )
    op.create_index(
        "signal_states_by_judgement",
        "signal_states",
        ["tenant", "source", "judged_at", "account"],
    )
    op.create_table(
        "signals_fired",
        _id("tenant"),
        _id("account"),
        _id("signal"),
        _id("source"),
        _at("at"),
        _id("offer"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "account", "signal", "source", "at"),
    )
    op.create_index("signals_fired_by_time", "signals_fired", ["tenant", "source", "at", "account"])
    op.create_table(
        "sweeps",
        _id("tenant"),
        sa.Column("day", sa.String(10), nullable=False),
        _id("source"),
        sa.Column("version", sa.String(100), nullable=False),
        _at("at"),
        _id("position"),
        _at("finished_at", nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", "source", "version"),
    )
