"""Run by Alembic, on the connection that `crm.migrations.upgrade` hands over."""

from alembic import context

from crm.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,  # not the workflow engine's
    render_as_batch=True,  # SQLite changes a table by copying it
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
