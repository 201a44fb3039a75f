"""Run by Alembic: migrate on the connection, and in the transaction, that we were given."""

from __future__ import annotations

from alembic import context

from skill.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
