"""Each integration test runs twice, on SQLite and on PostgreSQL, each time in a fresh database of its own.

The schema is made once per run, as a template; a test receives a copy of it (a file copy, or CREATE
DATABASE … TEMPLATE), so that nothing has to be deleted between tests and append-only tables can keep
refusing deletion.
"""

import importlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from crm.db import Database

POSTGRES = os.environ.get("SHELFPROOF_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
ROOT = Path(__file__).parents[2]


def make_schema(url: str) -> None:
    """All tables of all slices in the database at `url`."""
    for path in sorted(ROOT.glob("crm/**/tables.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    database = Database(url)
    database.create_all()
    database.dispose()


def address(name: str) -> str:
    """The URL of the database `name` on the test server."""
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[Engine]:
    """A connection to the test server that may make databases."""
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect():
            pass
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        pytest.fail(
            f"no PostgreSQL for the tests ({reason}): start one, or name it in SHELFPROOF_TEST_POSTGRES",
            False,
        )
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_admin: Engine) -> Iterator[str]:
    """The name of a database that holds the empty schema."""
    name = f"shelfproof_test_{secrets.token_hex(6)}"
    with postgres_admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    make_schema(address(name))
    yield name
    with postgres_admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


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


@pytest.fixture
def postgres_url(postgres_admin: Engine, postgres_template: str) -> Iterator[str]:
    """The address of a fresh PostgreSQL database with the schema; dropped after the test."""
    name = f"{postgres_template}_{secrets.token_hex(4)}"
    with postgres_admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY file_copy"))
    yield address(name)
    with postgres_admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database with the schema, of each kind in turn."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with the schema, of each kind in turn."""
    made = Database(database_url)
    yield made
    made.dispose()
