"""Every error that crm can raise is known at the edge, in both languages."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import app as app_module
from api.errors.codes import KINDS, register_kinds
from api.errors.fields import register_fields
from api.health import routes as health

ROOT = Path(__file__).parents[3]
_CODE = re.compile(r'(?:code|default_code(?:: ClassVar\[str\])?) ?= ?"([a-z_]+)"')


def codes_of_crm() -> set[str]:
    found = {code for path in (ROOT / "crm").rglob("*.py") for code in _CODE.findall(path.read_text())}
    return found - {"error"}  # of the abstract base


def test_each_slice_is_served_and_brings_its_problems() -> None:
    """A folder of `api` with routes bears the name of a slice of crm, and what it registers is there with it."""
    folders = {path.parent for path in (ROOT / "api").rglob("routes.py")}
    modules = {".".join((folder / "routes").relative_to(ROOT).parts) for folder in folders}
    assert {each.__name__ for each in (*app_module.SLICES, health)} == modules
    assert {folder.name for folder in folders if not (ROOT / "crm" / folder.relative_to(ROOT / "api")).is_dir()} <= {
        "health", "events", "reviews", "rescoring", "photos"
    }  # fmt: skip
    for folder in folders:
        assert not (folder / "errors.py").exists() or "errors as errors" in (folder / "__init__.py").read_text(), folder


def test_a_code_and_a_field_have_one_meaning() -> None:
    with pytest.raises(ValueError, match="registered twice: expired"):
        register_kinds({"expired": KINDS["conflict"]})
    with pytest.raises(ValueError, match="registered twice: name"):
        register_fields({"name": ("label", "标签")})


def test_a_reader_of_chinese_is_told_why_in_chinese() -> None:
    codes = codes_of_crm()
    assert {"claimed", "claim_expired", "key_conflict", "budget_exhausted"} <= codes
    assert codes <= set(KINDS)
    for code, kind in KINDS.items():
        assert re.search("[一-鿿]", kind.zh), code
        assert not re.search("[一-鿿]", kind.en + kind.title), code


def test_the_type_of_a_problem_leads_to_its_meaning(app: FastAPI) -> None:
    client = TestClient(app)
    for code in codes_of_crm():
        response = client.get(f"/problems/{code}")
        assert (response.status_code, response.json()["code"]) == (200, code)
    assert client.get("/problems/nothing").status_code == 404
