"""Delivery: showings that caps count, effects to be done once, stops, and what people and owners have in front of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(400), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(27), nullable=nullable)


def _word(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _body() -> sa.Column[str]:
    return sa.Column("body", sa.Text(), nullable=False)


def upgrade() -> None:
    """Make them."""
    op.add_column(
        "decisions", sa.Column("n_effects", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "showings",
        _id("tenant"),
        _id("account"),
        sa.Column("n", sa.Integer(), nullable=False),
        _id("effect"),
        _id("person"),
        _id("offer"),
        _id("family"),
        _word("channel", 20),
        _id("play"),
        _at("at"),
        _word("state", 10),
        _at("state_at"),
        _body(),
        sa.PrimaryKeyConstraint("tenant", "account", "n"),
        sa.UniqueConstraint("tenant", "effect", name="one_showing_an_effect"),
    )
    op.create_index("showings_by_time", "showings", ["tenant", "at"])
    op.create_table(
        "effects",
        _id("tenant"),
        _id("id"),
        _id("account"),
        _id("person"),
        _word("channel", 20),
        _id("offer"),
        _id("decision"),
        _at("created_at"),
        _at("due_at"),
        _word("state", 12),
        _at("state_at"),
        sa.Column("reason", sa.Text(), nullable=False),
        _body(),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("effects_by_state", "effects", ["state", "due_at"])
    op.create_index("effects_by_account", "effects", ["tenant", "account", "created_at"])
    op.create_table(
        "stops",
        _id("tenant"),
        _id("offer"),
        _at("since"),
        _body(),
        sa.PrimaryKeyConstraint("tenant", "offer"),
    )
    op.create_table(
        "notifications",
        _id("tenant"),
        _id("id"),
        _id("account"),
        _id("person"),
        _id("offer"),
        _at("at"),
        _word("state", 10),
        _at("changed_at"),
        _at("snoozed_until", nullable=True),
        _at("shown_at", nullable=True),
        _at("closed_at", nullable=True),
        _at("bought_from"),
        _body(),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index(
        "notifications_by_person", "notifications", ["tenant", "account", "person", "at"]
    )
    op.create_index("notifications_by_change", "notifications", ["changed_at"])
    op.create_index("notifications_by_waking", "notifications", ["snoozed_until"])
    op.create_table(
        "notification_acts",
        _id("tenant"),
        _id("notification"),
        sa.Column("n", sa.Integer(), nullable=False),
        _id("account"),
        _id("person"),
        _word("act", 12),
        _at("at"),
        _at("undone_at", nullable=True),
        sa.Column("request_key", sa.String(400), nullable=True),
        _body(),
        sa.PrimaryKeyConstraint("tenant", "notification", "n"),
    )
    op.create_index(
        "notification_acts_by_request_key",
        "notification_acts",
        ["tenant", "account", "person", "request_key"],
        unique=True,
    )
    op.create_table(
        "preferences",
        _id("tenant"),
        _id("account"),
        _id("person"),
        _at("changed_at"),
        _body(),
        sa.PrimaryKeyConstraint("tenant", "account", "person"),
    )
    op.create_table(
        "tasks",
        _id("tenant"),
        _id("id"),
        _id("account"),
        _id("play"),
        sa.Column("open_key", sa.String(810), nullable=True),
        _word("state", 12),
        _at("state_at"),
        _at("created_at"),
        _at("due_at"),
        _at("snoozed_until", nullable=True),
        _id("owner"),
        _body(),
        sa.PrimaryKeyConstraint("tenant", "id"),
        sa.UniqueConstraint("tenant", "open_key", name="one_open_task"),
    )
    op.create_index("tasks_by_due", "tasks", ["tenant", "state", "due_at"])
    op.create_index("tasks_by_account", "tasks", ["tenant", "account", "play"])
