"""Triggers that keep the journal append-only, whoever writes to the database."""

JOURNAL = ("ledger_entry", "ledger_posting")

_POSTGRESQL_FUNCTION = """CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only: post a reversal', ERRCODE = '23001';
END $$"""


def create_statements(dialect: str, table: str) -> tuple[str, ...]:
    """The statements that guard one of `JOURNAL`; `dialect` is 'sqlite' or 'postgresql'. Run each by itself."""
    if dialect == "postgresql":
        return (
            _POSTGRESQL_FUNCTION,
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
        )
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: post a reversal'); END"
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        # INSERT OR REPLACE deletes without firing the trigger above.
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) {refuse}",
    )


def drop_statements(dialect: str, table: str) -> tuple[str, ...]:
    """The reverse of `create_statements`, for a migration's way back, before the table is dropped."""
    if dialect == "postgresql":
        return (f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}",)
    return tuple(f"DROP TRIGGER IF EXISTS {table}_{name}" for name in ("no_update", "no_delete", "no_replace"))
