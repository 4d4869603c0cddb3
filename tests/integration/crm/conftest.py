"""A seeded world per test."""

from collections.abc import Iterator
from functools import lru_cache

import pytest

from crm.kernel.db import Database
from crm.people import service as people
from crm.people.passwords import hash_password
from tests.integration.crm.world import World
from tests.open_database import OpenDatabase

_hashed_once = lru_cache(hash_password)  # all have one password, and its hash is slow on purpose


@pytest.fixture
def postgres_world(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """For what only PostgreSQL has: two transactions that write at once."""
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    database = OpenDatabase(postgres_url)
    yield World(database)
    database.dispose()


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database)
