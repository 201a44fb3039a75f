"""The first tables: accounts, people, what is known about them, and the ledger of decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(400), nullable=False)


def _at(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(27), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """Make them."""
    _upgrade_customers()
    _upgrade_usage()
    _upgrade_decisions()


def _upgrade_customers() -> None:
    op.create_table(
        "accounts",
        _id("tenant"),
        _id("id"),
        _text("body"),
        _at("updated_at"),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_table(
        "people",
        _id("tenant"),
        _id("account"),
        _id("id"),
        _text("body"),
        _at("updated_at"),
        sa.PrimaryKeyConstraint("tenant", "account", "id"),
    )
    op.create_table(
        "facts",
        _id("tenant"),
        _id("account"),
        _id("name"),
        _at("as_of"),
        _text("body"),
        sa.PrimaryKeyConstraint("tenant", "account", "name"),
    )
    for name in ("tickets", "incidents"):
        op.create_table(
            name,
            _id("tenant"),
            _id("account"),
            _id("id"),
            _text("body"),
            sa.PrimaryKeyConstraint("tenant", "account", "id"),
        )
    op.create_table(
        "history",
        _id("tenant"),
        _id("account"),
        sa.Column("digest", sa.String(64), nullable=False),
        _at("at"),
        _text("body"),
        sa.PrimaryKeyConstraint("tenant", "account", "digest"),
    )


def _upgrade_usage() -> None:
    for name, who in (("readings", ()), ("events", ("person",))):
        op.create_table(
            name,
            _id("tenant"),
            _id("id"),
            _id("account"),
            *(_id(column) for column in who),
            _at("at"),
            _text("body"),
            sa.PrimaryKeyConstraint("tenant", "id"),
        )
        op.create_index(f"{name}_by_account", name, ["tenant", "account", "at"])


def _upgrade_decisions() -> None:
    op.create_table(
        "decisions",
        _id("tenant"),
        _id("id"),
        _at("at"),
        _id("account"),
        _id("person"),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("surface", sa.String(40), nullable=False),
        sa.Column("topics_version", sa.String(100), nullable=False),
        _text("question"),
        _text("inputs"),
        _text("decision"),
        _text("answer"),
        sa.Column("request_key", sa.String(400), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("decisions_by_time", "decisions", ["tenant", "at", "id"])
    op.create_index("decisions_by_account", "decisions", ["tenant", "account", "at"])
    op.create_index(
        "decisions_by_request_key",
        "decisions",
        ["tenant", "scope", "account", "person", "request_key"],
        unique=True,
    )
