"""Triggers that keep rows as they were written, whoever writes to the database.

On SQLite `INSERT OR REPLACE` deletes each row that shares a unique key with the new one, and fires no delete trigger
unless the connection asks for it. So a guard there names every unique key of the table, and the row's own number.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, Table, event, inspect

_FUNCTION = """CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || TG_ARGV[0], ERRCODE = '23001';
END $$"""
_SQLITE_NAMES = ("no_update", "no_delete", "no_replace")
_POSTGRESQL_NAMES = ("append_only", "kept")
_GUARDED = "changing"  # in a table's info: the columns that may change


def append_only(table: Table, *changing: str) -> None:
    """Guard the table wherever it is made from its description; a migration calls `guard` itself. Of its rows only the
    columns `changing`, if any, are ever changed."""
    table.info[_GUARDED] = changing
    listen: Callable[..., None] = event.listen
    listen(table, "after_create", lambda _, connection, **__: guard(connection, table.name, *changing))


def changing_columns(table: Table) -> tuple[str, ...] | None:
    """The columns of a guarded table that may change, which are none for an append-only one; None for one that is not
    guarded."""
    columns: tuple[str, ...] | None = table.info.get(_GUARDED)
    return columns


def guard(connection: Connection, table: str, *changing: str) -> None:
    """Guard the table from now on, in place of an older guard. Call it again after a unique index was added, or the
    table was copied by a migration."""
    release(connection, table)
    made = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    for statement in made(connection, table, changing):
        connection.exec_driver_sql(statement)


def release(connection: Connection, table: str) -> None:
    """Take the guard away, for a migration's way back, before the table is dropped."""
    sqlite = connection.dialect.name == "sqlite"
    for name in _SQLITE_NAMES if sqlite else _POSTGRESQL_NAMES:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_{name}" + ("" if sqlite else f" ON {table}"))


def _told(changing: tuple[str, ...]) -> str:
    return f" keeps its rows: only {', '.join(changing)} change" if changing else " is append-only: post a reversal"


def _postgresql(connection: Connection, table: str, changing: tuple[str, ...]) -> Iterator[str]:
    yield _FUNCTION
    refuse = f"FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change('{_told(changing)}')"
    if not changing:
        yield f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} {refuse}"
        return
    kept = _kept(connection, table, changing)
    yield f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(kept)} OR DELETE OR TRUNCATE ON {table} {refuse}"


def _sqlite(connection: Connection, table: str, changing: tuple[str, ...]) -> Iterator[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table}{_told(changing)}'); END"
    changed = ""
    if changing:  # the number of a row is no column, yet changing it with OR REPLACE deletes another row
        kept = ("rowid", *_kept(connection, table, changing))
        changed = f"WHEN {' OR '.join(f'OLD.{name} IS NOT NEW.{name}' for name in kept)} "
    yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {changed}{refuse}"
    yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}"
    same = (" AND ".join(f"{name} = NEW.{name}" for name in key) for key in _unique_keys(connection, table))
    there = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {each})" for each in same)
    yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} {refuse}"


def _kept(connection: Connection, table: str, changing: tuple[str, ...]) -> list[str]:
    return [column["name"] for column in inspect(connection).get_columns(table) if column["name"] not in changing]


def _unique_keys(connection: Connection, table: str) -> list[tuple[str, ...]]:
    """The columns of each unique key, the row's own number among them: that of a row to come reads as -1, which none
    has."""
    keys: set[tuple[str, ...]] = {("rowid",)}
    listed = f"SELECT name, partial FROM pragma_index_list('{table}') WHERE \"unique\""
    for index, partial in connection.exec_driver_sql(listed).all():
        columns = f"SELECT name FROM pragma_index_info('{index}') ORDER BY seqno"
        names: tuple[str | None, ...] = tuple(connection.exec_driver_sql(columns).scalars())
        if partial or None in names:
            raise ValueError(f"the unique index {index} is not over whole columns: no guard can name what it forbids")
        keys.add(tuple(filter(None, names)))
    return sorted(keys)
