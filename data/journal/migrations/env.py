"""Run by alembic: migrate the connection that open_journal hands over."""

from alembic import context

from data.journal.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
