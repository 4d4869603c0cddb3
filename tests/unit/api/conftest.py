"""An app that is never started, so that nothing is opened."""

import pytest
from fastapi import FastAPI

from api.app import create_app
from api.services import NoWorkflows
from api.settings import Settings
from crm.kernel.photo_store import open_store
from crm.workflows.fakes import FakeVision
from tests.open_database import OpenDatabase
from web.pages import add_pages


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """API and pages on a database that does not exist yet."""
    database = OpenDatabase(f"sqlite:///{tmp_path_factory.mktemp('api') / 'unused.db'}")
    made = create_app(
        Settings(secret="s" * 48), database, open_store("memory:"), NoWorkflows(), FakeVision(lambda _: {})
    )
    add_pages(made)
    return made
