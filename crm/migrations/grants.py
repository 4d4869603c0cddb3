"""What the service's own role may do on PostgreSQL: all that it needs, and nothing that could change the journal.

The tables belong to another role, which runs the migrations. A role that owns a table, or may become its owner, could
drop the triggers that guard it; a superuser could switch them off.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, Table, text

from crm.kernel.db import Database
from crm.kernel.triggers import changing_columns
from crm.schema import metadata

# Rows of these are about work, uploads or sign-ins under way, and go when it ends; no others are ever deleted.
DELETED = frozenset(
    {"photo_begun", "photo_failure", "photo_unsought", "sign_in_session", "sign_in_try", "unnamed_bytes", "worker_beat"}
)
_OWNERS = """
WITH ours AS (SELECT oid, nspowner FROM pg_namespace WHERE nspname IN ('public', 'dbos'))
SELECT DISTINCT pg_get_userbyid(owner) FROM (
  SELECT relowner AS owner FROM pg_class JOIN ours ON ours.oid = relnamespace
  UNION ALL SELECT proowner FROM pg_proc JOIN ours ON ours.oid = pronamespace
  UNION ALL SELECT nspowner FROM ours
  UNION ALL SELECT datdba FROM pg_database WHERE datname = current_database()
) owners WHERE pg_has_role(:role, owner, 'MEMBER')"""


class RoleError(ValueError):
    """A role that cannot run the service, or could change the journal; the message says what to do."""


def grant(database: Database, role: str) -> None:
    """Let `role` run the service on this database, whose tables exist; done again it comes to the same. RoleError where
    the role could change the journal all the same, and then nothing is granted."""
    if database.dialect != "postgresql":
        raise RoleError("SQLite has no roles: whoever may write the file may change it")
    with database.write_engine.begin() as connection:
        _refuse_powerful(connection, role)
        for statement in _grants(connection, role):
            connection.exec_driver_sql(statement)
        for table in metadata.sorted_tables:
            if changing_columns(table) is not None:
                _refuse_change(connection, role, table)


def _grants(connection: Connection, role: str) -> Iterator[str]:
    to = connection.dialect.identifier_preparer.quote_identifier(role)
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {to}"
    yield f"GRANT USAGE ON SCHEMA public TO {to}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {to}"
    yield f"GRANT SELECT ON alembic_version TO {to}"
    for table in metadata.sorted_tables:
        changing = changing_columns(table)
        rights = "SELECT, INSERT"
        if changing is None:
            rights += ", UPDATE"
        elif changing:
            rights += f", UPDATE ({', '.join(changing)})"
        if table.name in DELETED:
            rights += ", DELETE"
        yield f'GRANT {rights} ON "{table.name}" TO {to}'


def _refuse_powerful(connection: Connection, role: str) -> None:
    wanted = "SELECT rolsuper, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = :role"
    found = connection.execute(text(wanted), {"role": role}).one_or_none()
    if found is None:
        raise RoleError(f"there is no role {role}: make it first, with CREATE ROLE {role} LOGIN")
    if any(found):
        raise RoleError(f"the role {role} may too much (superuser, CREATEROLE or REPLICATION): give a plain one")
    owners = connection.scalars(text(_OWNERS), {"role": role}).all()
    if owners:
        raise RoleError(f"the role {role} is or may become {owners[0]}, who owns the tables: give another")
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    may_set = "SELECT has_parameter_privilege(:role, 'session_replication_role', 'SET')"
    if version >= 150_000 and connection.scalar(text(may_set), {"role": role}):
        raise RoleError(f"the role {role} may set session_replication_role, which ends triggers: take that away")


def _refuse_change(connection: Connection, role: str, table: Table) -> None:
    """Rights may also come from a group or from everybody: what counts is what the role can do."""
    given = {"role": role, "table": table.name}
    changing = changing_columns(table) or ()
    whole = "SELECT has_table_privilege(:role, :table, 'UPDATE, DELETE, TRUNCATE, TRIGGER')"
    column = "SELECT has_column_privilege(:role, :table, :column, 'UPDATE')"
    kept = [each.name for each in table.columns if each.name not in changing]
    if connection.scalar(text(whole), given) or any(
        connection.scalar(text(column), {**given, "column": name}) for name in kept
    ):
        raise RoleError(f"the role {role} may change {table.name} through PUBLIC or a group: take that away first")
