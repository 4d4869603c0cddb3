"""The schema's history. `upgrade` brings a database to its newest version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from crm.kernel.db import Database

_NOT_ALLOWED = "42501"
_LOCK = 4919027  # ours among the advisory locks of a PostgreSQL database


def configuration() -> Config:
    """Alembic's configuration; there is no file, so that nothing can be configured differently."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


class OldSchemaError(ValueError):
    """The schema is older than this version, and this role may not change it; the message says what to do."""


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to the newest version, from an older one or from nothing, in one transaction.

    Several processes may do so at once: one works, the others wait and find nothing to do. OldSchemaError where there
    is something to do and the role may not.
    """
    try:
        _upgrade(database, revision)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        raise OldSchemaError("the schema is old: run `shelfproof database upgrade --role ROLE` as its owner") from error


def _upgrade(database: Database, revision: str) -> None:
    config = configuration()
    with database.write_engine.begin() as connection:
        if database.dialect == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
