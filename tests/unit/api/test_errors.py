"""Every error that crm can raise is known at the edge, in both languages."""

import re
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.kinds import KINDS

ROOT = Path(__file__).parents[3]
_CODE = re.compile(r'(?:code|default_code(?:: ClassVar\[str\])?) ?= ?"([a-z_]+)"')


def codes_of_crm() -> set[str]:
    found = {code for path in (ROOT / "crm").rglob("*.py") for code in _CODE.findall(path.read_text())}
    return found - {"error"}  # of the abstract base


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
