"""Each integration test runs twice, on SQLite and on PostgreSQL, each time in an empty database.

The schema is made once per run. On SQLite a test receives a copy of the file; on PostgreSQL, where making a
database takes a second or more on a slow disk, one database is emptied after each test.
"""

import importlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from crm.kernel.clock import clock_in_use
from crm.kernel.db import Base, Database
from tests.open_database import OpenDatabase

POSTGRES = os.environ.get("SHELFPROOF_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
ROOT = Path(__file__).parents[2]


def absent(message: str) -> NoReturn:
    """Skips a test whose server or browser is not here; fails it where SHELFPROOF_REQUIRE_DATA is set."""
    if os.environ.get("SHELFPROOF_REQUIRE_DATA"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def make_schema(url: str) -> None:
    """All tables of all slices in the database at `url`."""
    for path in sorted(ROOT.glob("crm/**/tables.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    database = OpenDatabase(url)
    database.create_all()
    database.dispose()


def address(name: str) -> str:
    """The URL of the database `name` on the test server."""
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[Engine]:
    """A connection to the test server that may make databases; see `absent` for where there is none."""
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect():
            pass
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        absent(
            f"no PostgreSQL for this test ({reason}): install it (apt install postgresql) and start it, or set "
            "SHELFPROOF_TEST_POSTGRES to the address of one"
        )
    yield engine
    engine.dispose()


@contextmanager
def made_database(admin: Engine) -> Iterator[str]:
    """The name of a new database with the schema; dropped at the end."""
    name = f"shelfproof_test_{secrets.token_hex(6)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    make_schema(address(name))
    yield name
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgres_name(postgres_admin: Engine) -> Iterator[str]:
    """The name of this run's own database."""
    with made_database(postgres_admin) as name:
        yield name


@pytest.fixture(scope="session")
def postgres_template(postgres_admin: Engine) -> Iterator[str]:
    """The name of a database that nobody is connected to, for tests that want a copy for themselves."""
    with made_database(postgres_admin) as name:
        yield name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds the empty schema."""
    path = tmp_path_factory.mktemp("schema") / "template.db"
    make_schema(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database with the schema."""
    path = tmp_path / "shelfproof.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


def empty(url: str) -> None:
    """Delete all rows, and all tables that are not of the schema, from a PostgreSQL database of a test run.

    As a replica, which fires no triggers: append-only tables let go, and the order of foreign keys is free.
    """
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'dbos')"
        for schema, table in connection.execute(text(tables)).all():
            if schema == "public" and table not in Base.metadata.tables:
                connection.execute(text(f'DROP TABLE "{table}" CASCADE'))
            elif "migration" not in table:
                connection.execute(text(f'DELETE FROM "{schema}"."{table}"'))
    engine.dispose()


@pytest.fixture
def postgres_url(postgres_name: str) -> Iterator[str]:
    """The address of this run's PostgreSQL database, emptied after the test."""
    url = address(postgres_name)
    yield url
    empty(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database with the schema, of each kind in turn."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with the schema, of each kind in turn."""
    made = OpenDatabase(database_url)
    yield made
    made.dispose()


class Now:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def now() -> Iterator[Now]:
    """The clock of the whole process, until the test ends."""
    clock = Now()
    with clock_in_use(clock):
        yield clock
