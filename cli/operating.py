"""What the operator's commands share: they work on the database itself, as `shelfproof serve` finds it by its settings.

So they work on SQLite and on PostgreSQL, while the service runs and while it does not, and need nobody's password.
"""

import os
import pwd
import sys
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from api.settings import SettingsError
from crm.db import Database
from crm.errors import CrmError, Invalid
from crm.people.tables import Organisation
from crm.scope import Scope
from models.manifest import ModelFileError
from pipeline.enrolment import ReferencesError

OK, FAILED, BAD_INPUT = 0, 1, 2
OPERATOR = Scope("", "admin")  # whoever may read the database's address and secret


def account() -> str:
    """The operating system's name of who runs this, with 'operator' before it: no user of the service."""
    try:
        return f"operator {pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"operator {os.getuid()}"


def brand_named(database: Database, name: str | None) -> str:
    """The id of the brand of this name or id; of the only one where none is named. Raises ValueError."""
    with database.read() as session:
        brands = session.scalars(select(Organisation).where(Organisation.kind == "brand")).all()
    chosen = [brand for brand in brands if name is None or name in (brand.id, brand.name, brand.name_zh)]
    if len(chosen) == 1:
        return chosen[0].id
    known = ", ".join(sorted(brand.name for brand in brands)) or "none yet"
    raise ValueError(f"name the brand with --brand: {known}")


def told_on_one_line(run: Callable[[], int]) -> int:
    """Runs, and says on stderr what went wrong: a line, and for bad pictures a line each."""
    try:
        return run()
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
        lines, status = [f"{error.strerror or error}: {error.filename or ''}"], FAILED
    for line in lines:
        print(f"shelfproof: {line}", file=sys.stderr)
    return status
