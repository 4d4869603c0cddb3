"""The OpenAPI document is honest about problems."""

import re
from pathlib import Path

from fastapi import FastAPI

from api.errors.codes import KINDS, PROBLEM_TYPE
from pipeline.intake.photo_error import PhotoError


def test_every_operation_declares_its_problems(app: FastAPI) -> None:
    document = app.openapi()
    operations = [
        (path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()
    ]
    assert len(operations) >= 25
    for path, method, operation in operations:
        responses = operation["responses"]
        failures = {status for status in responses if status[0] in "45"}
        wanted = {"500", "503"}
        if path.startswith("/api/v1/") and path not in ("/api/v1/session", "/api/v1/invitations"):
            wanted |= {"401"}
            assert operation["security"], (method, path)
        if operation.get("requestBody") or operation.get("parameters"):
            wanted |= {"422"} if path.startswith("/api/") else set()
        if "{" in path:
            wanted |= {"404"}
        if method == "post" and path != "/api/v1/visits/{visit_id}/check-out" and operation.get("requestBody"):
            wanted |= {"413"}
        assert wanted <= failures, (method, path, wanted - failures)
        for status in failures:
            content = responses[status]["content"]
            assert list(content) == [PROBLEM_TYPE], (method, path, status)
    assert "HTTPValidationError" not in str(document)


def test_every_code_in_use_has_a_kind() -> None:
    """A code without a kind would lose its Chinese detail and its page."""
    codes = set(re.findall(r"\w+", (PhotoError.__doc__ or "").split("Codes:")[1]))
    for path in (Path(__file__).parents[3] / "api").rglob("*.py"):
        codes |= set(re.findall(r'Problem\("(\w+)"', path.read_text()))
    assert len(codes) >= 15
    assert codes <= set(KINDS)


def test_a_text_in_two_languages_is_one_field(app: FastAPI) -> None:
    """See docs/glossary.md: no field of a body or an answer is spelled once for each language."""
    schemas = app.openapi()["components"]["schemas"]
    fields = {(name, field) for name, each in schemas.items() for field in each.get("properties", {})}
    assert ("TaskOut", "name") in fields
    assert [(name, field) for name, field in sorted(fields) if field.endswith(("_en", "_zh"))] == []
    assert {name for name, field in fields if field == "en"} == {name for name, field in fields if field == "zh"}
