"""The schema's history. `upgrade` brings a database to its newest version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from crm.db import Database

_LOCK = 4919027  # ours among the advisory locks of a PostgreSQL database


def configuration() -> Config:
    """Alembic's configuration; there is no file, so that nothing can be configured differently."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to the newest version, from an older one or from nothing, in one transaction.

    Several processes may do so at once: one works, the others wait and find nothing to do.
    """
    config = configuration()
    with database.write_engine.begin() as connection:
        if database.dialect == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
