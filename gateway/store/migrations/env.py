"""What Alembic runs: the revisions, in the transaction of whoever opens the state."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
