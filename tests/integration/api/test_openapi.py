"""The OpenAPI document by the standard's own schema (seconds of work, so not among the unit tests)."""

from openapi_spec_validator import validate

from api.app import create_app
from api.services import NoWorkflows
from api.settings import Settings
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.workflows.fakes import FakeVision


def test_the_document_is_valid(sqlite_url: str) -> None:
    app = create_app(
        Settings(secret="s" * 48),
        Database(sqlite_url),
        open_store("memory:"),
        NoWorkflows(),
        FakeVision(lambda _: {}),
    )
    validate(app.openapi())
