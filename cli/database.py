"""`shelfproof database`: the schema, made by the role that owns it, for a service whose role may not change it."""

from api.settings import Settings
from cli.serve import OK, store_of, told_on_one_line
from crm.installation import service as installation
from crm.kernel.db import Database
from crm.migrations import upgrade as upgrade_schema
from crm.migrations.grants import grant
from crm.workflows.runtime import migrate


def adopt() -> int:
    """Takes over the secret and the photo store that the settings name, and returns the exit status."""

    def run(settings: Settings) -> int:
        database = Database(settings.database_url)
        try:
            upgrade_schema(database)
            told = installation.adopt(database, store_of(settings), settings.secret)
        finally:
            database.dispose()
        what = " and ".join(told)
        print(f"taken over: {what}; start every process on this database again" if told else "nothing differs")
        return OK

    return told_on_one_line(run)


def upgrade(role: str | None) -> int:
    """Brings the schema up to date, lets `role` work with it, and returns the exit status."""

    def run(settings: Settings) -> int:
        database = Database(settings.database_url)
        try:
            upgrade_schema(database)
            if role is not None:
                grant(database, role)
            migrate(database, role)
        finally:
            database.dispose()
        print(
            "the schema is up to date" + (f"; {role} may run the service, and not change the journal" if role else "")
        )
        return OK

    return told_on_one_line(run)
