"""One database of each kind for all tests of the ledger: each test opens accounts and makes keys of its own."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from crm.kernel.db import Database
from tests.open_database import OpenDatabase


@pytest.fixture(scope="package")
def sqlite_ledger(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A SQLite database that the tests of this folder share."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    shutil.copyfile(sqlite_template, path)
    made = OpenDatabase(f"sqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture(scope="package")
def postgres_ledger(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A PostgreSQL database that the tests of this folder share."""
    admin, template = request.getfixturevalue("postgres_admin"), request.getfixturevalue("postgres_template")
    name = f"{template}_{secrets.token_hex(4)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
    address = make_url(admin.url).set(database=name).render_as_string(hide_password=False)
    made = OpenDatabase(address)
    yield made
    made.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each of the two in turn."""
    name = "sqlite_ledger" if request.param == "sqlite" else "postgres_ledger"
    shared: Database = request.getfixturevalue(name)
    return shared


@pytest.fixture
def key() -> str:
    """The beginning of keys that no other test uses."""
    return secrets.token_hex(8)
