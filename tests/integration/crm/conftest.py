"""A seeded world per test."""

import pytest

from crm.db import Database
from tests.integration.crm.world import World


@pytest.fixture
def world(database: Database) -> World:
    return World(database)
