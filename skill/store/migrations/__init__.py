"""Versions of the tables, shipped with the package and applied when a database is opened."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from skill.errors import LedgerError

HEAD = "0007"
"""The newest version; a test holds it equal to the newest file in `versions/`."""

_LOCK = 7_401_116
"""Any number of our own: PostgreSQL's advisory lock for migrating."""


def version_of(connection: Connection) -> str | None:
    """The version that a database stands at; None for an empty one. Loads no migration library."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: Connection) -> None:
    """Bring the tables to `HEAD` within the given transaction, which holds the write lock.

    Raises:
        LedgerError: the database was made by a newer Tactful.
    """
    # Imported here: a database that is at its newest version, the usual case, needs none of it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise LedgerError(
            "the database was made by a newer Tactful than this one",
            help="update Tactful, or point TACTFUL_DATABASE_URL to another database",
        ) from error
