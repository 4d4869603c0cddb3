"""What the operator's commands share: they work on the database itself, as `shelfproof serve` finds it by its settings.

So they work on SQLite and on PostgreSQL, while the service runs and while it does not, and need nobody's password.
"""

import json
import os
import pwd
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import inspect, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from api.log import configure_logs
from api.settings import Settings, SettingsError, load_settings
from cli.sheets import FileFaultsError
from crm.access import trail
from crm.access.scope import Scope
from crm.kernel.db import Database
from crm.kernel.errors import CrmError, Invalid
from crm.kernel.paging import Page
from crm.migrations import upgrade
from crm.people.tables import Organisation
from models.manifest import ModelFileError
from pipeline.enrol.enrolment import ReferencesError

T = TypeVar("T")

OK, FAILED, BAD_INPUT = 0, 1, 2
_ELSE = "make one with shelfproof admin create, or name yours with SHELFPROOF_VAR or SHELFPROOF_DATABASE_URL"
OPERATOR = Scope("", "admin")  # whoever may read the database's address and secret


def account() -> str:
    """The operating system's name of who runs this, with 'operator' before it: no user of the service."""
    try:
        return f"operator {pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"operator {os.getuid()}"


def settings_there() -> Settings:
    """The settings of an installation that is there: nothing is made. Raises SettingsError where there is none."""
    settings = load_settings(make=False)
    file = make_url(settings.database_url).database
    if settings.database_url.startswith("sqlite") and not os.path.isfile(file or ""):
        raise SettingsError(f"there is no database at {file}: {_ELSE}")
    return settings


@contextmanager
def opened_database(*, make: bool = False, migrate: bool = True) -> Iterator[Database]:
    """The service's database, its schema brought up to date if `migrate`; with `make` also one that is not there yet.

    Raises SettingsError, and what a database away raises.
    """
    settings = load_settings(make=False) if make else settings_there()
    configure_logs("error")
    trail.acts_as(account())
    database = Database(settings.database_url)
    try:
        if not make:
            require_schema(database)
        if migrate:
            upgrade(database)
        yield database
    finally:
        database.dispose()


def require_schema(database: Database) -> None:
    """Raises SettingsError where a database was never set up, so that a command that only looks makes no tables."""
    if not inspect(database.engine).has_table(Organisation.__tablename__):
        raise SettingsError(f"the database is empty: {_ELSE}")


def brand_named(database: Database, name: str | None) -> str:
    """The id of the brand of this name or id; of the only one where none is named. Raises ValueError."""
    return organisation_named(database, "brand", name)


def organisation_named(database: Database, kind: str, name: str | None) -> str:
    """As `brand_named`, of a 'brand' or a 'dealer'."""
    with database.read(OPERATOR) as session:
        there = session.scalars(select(Organisation).where(Organisation.kind == kind)).all()
    chosen = [each for each in there if name is None or name in (each.id, each.name, each.name_zh)]
    if len(chosen) == 1:
        return chosen[0].id
    if not there:
        raise ValueError(f"there is no {kind} yet: run shelfproof organisation add {kind} NAME")
    known = ", ".join(sorted(each.name for each in there))
    raise ValueError(f"name the {kind} with --{kind}: {known}")


def with_database(
    run: Callable[[Database], Any], as_json: bool, lines: Callable[[Any], list[str]], *, make: bool = False
) -> int:
    """Runs on the service's database (`make`: also one that is not there yet), prints what it tells as JSON or as
    `lines`, and returns the exit status."""

    def work() -> int:
        with opened_database(make=make) as database:
            told = run(database)
        print(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(lines(told)))
        return OK

    return told_on_one_line(work)


def all_rows(read: Callable[[str | None], Page[T]]) -> list[T]:
    """The rows of all pages; `read` gives the page after a cursor."""
    found, after = list[T](), None
    while True:
        page = read(after)
        found += page.items
        after = page.next
        if after is None:
            return found


def told_on_one_line(run: Callable[[], int]) -> int:
    """Runs, and says on stderr what went wrong: a line, and for bad pictures a line each."""
    try:
        return run()
    except FileFaultsError as error:
        lines, status = error.lines, BAD_INPUT
    except ReferencesError as error:
        lines, status = [en for _, _, en, _ in error.faults] or [str(error)], BAD_INPUT
    except Invalid as error:
        lines, status = [en for en, _ in error.details] or [str(error)], BAD_INPUT
    except (CrmError, SettingsError, ModelFileError, ValueError) as error:
        lines, status = [str(error)], BAD_INPUT
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        lines, status = [f"the database cannot be used ({reason}): check SHELFPROOF_DATABASE_URL"], FAILED
    except OSError as error:
        lines, status = [": ".join(str(part) for part in (error.strerror or error, error.filename) if part)], FAILED
    for line in lines:
        print(f"shelfproof: {line}", file=sys.stderr)
    return status
