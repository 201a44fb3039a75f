"""Published Topics: their texts, versions, who made which one current, and the last good text of a folder."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(400), nullable=False)


def _digest(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(100), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """Make them."""
    _upgrade_versions()
    _upgrade_acts()
    op.create_table(
        "topic_folders",
        _id("tenant"),
        _digest("folder"),
        _digest("version"),
        sa.Column("at", sa.String(27), nullable=False),
        _text("files"),
        sa.PrimaryKeyConstraint("tenant", "folder"),
    )


def _upgrade_versions() -> None:
    op.create_table(
        "topic_texts",
        _id("tenant"),
        _digest("digest"),
        _text("text"),
        sa.PrimaryKeyConstraint("tenant", "digest"),
    )
    op.create_table(
        "topic_files",
        _id("tenant"),
        _digest("version"),
        _id("name"),
        _digest("digest"),
        sa.PrimaryKeyConstraint("tenant", "version", "name"),
    )


def _upgrade_acts() -> None:
    op.create_table(
        "topic_acts",
        _id("tenant"),
        sa.Column("sequence", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("act", sa.String(20), nullable=False),
        _digest("version"),
        _digest("previous", nullable=True),
        sa.Column("at", sa.String(27), nullable=False),
        _id("by"),
        _text("note"),
        sa.Column("request_key", sa.String(400), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "sequence"),
    )
    op.create_index(
        "topic_acts_by_request_key", "topic_acts", ["tenant", "by", "request_key"], unique=True
    )
    op.create_table(
        "topic_current",
        _id("tenant"),
        _digest("version"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant"),
    )
