"""Every route × role × own, granted and foreign row, as `matrix.txt` says. A route without a line there fails.

The routes are those of the app. Each is asked by everybody: for a row of his own brand while no grant holds, for the
same while one holds, for a row of another brand; a rep also for another rep's. No answer tells of another brand's rows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from crm.access.scope import ROLES, Role
from crm.kernel.clock import clock_in_use, utcnow
from tests.integration.api.matrix_world import KEY, NOT_THE_SAME, Matrix, make_matrix
from tests.integration.api.world import LAT, LON, photo_bytes, rules
from tests.integration.conftest import make_schema
from tests.open_database import OpenDatabase

API = "/api/v1"
TABLE = (Path(__file__).parent / "matrix.txt").read_text()
CASES = ("own", "granted", "foreign", "others")


@dataclass(frozen=True)
class Line:
    """What a route answers: `told` by role for a row of one's own, None where nobody need sign in."""

    method: str
    path: str
    asked: str
    told: dict[str, int] | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}" + (f"#{self.asked}" if self.asked else "")


def lines() -> Iterator[Line]:
    for row in TABLE.splitlines():
        if not row.strip() or row.startswith("#"):
            continue
        method, where, status, *roles = row.split()
        path, _, asked = where.partition("#")
        if status == "open":
            yield Line(method, path, asked, None)
            continue
        named = [each.partition("=") for each in (ROLES if roles == ["all"] else roles)]
        yield Line(method, path, asked, {role: int(other or status) for role, _, other in named})


LINES = tuple(lines())
# The row that a route is about: how its address, or else its body, names it, and which it is.
ROWS: dict[str, dict[str, str]] = {
    "PUT /api/v1/me/brand": {"brand_id": "brand"},
    "POST /brand": {"brand_id": "brand"},
    "POST /api/v1/visits": {"outlet_id": "outlet"},
    "POST /api/v1/photos": {"claim_id": "claim", "visit_id": "visit"},
    "POST /api/v1/stops": {"target": "task"},
    "POST /api/v1/reviews/{audit_id}": {"audit_id": "waiting"},
    "POST /api/v1/reviews/{audit_id}/proposal": {"audit_id": "waiting"},
    "POST /api/v1/reviews/{audit_id}/ticks": {"audit_id": "waiting"},
    "POST /api/v1/audits/{audit_id}/reversal": {"audit_id": "paid"},
    "POST /api/v1/reviews/kept/{pending_id}/undoing": {"pending_id": "kept"},
    "POST /api/v1/proposals/{proposal_id}/confirmation#reversal": {"proposal_id": "reversal"},
    "POST /api/v1/proposals/{proposal_id}/refusal#reversal": {"proposal_id": "reversal"},
    "POST /api/v1/users/{user_id}/brands": {"user_id": "user"},
    "POST /api/v1/stops#model": {},
    "POST /api/v1/stops/{stop_id}/opening#all": {"stop_id": "stop of all brands"},
}
# Lists of which grants show a dealer something, by the row that then stands in them.
SHOWN = {"outlets": "outlet", "skus": "code", "tasks": "task", "visits": "visit", "audits": "audit"}
PASSWORD = {"old": "not the password", "new": "another long password"}
TASK = {"code": "new", "name": {"en": "New"}, "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"}
WHY = {"reason": "because"}
BODIES: dict[str, Any] = {
    "PUT /api/v1/me/keys": {"on": False},
    "PUT /api/v1/me/password": PASSWORD,
    "PUT /welcome": {"new": "another long password"},
    "POST /api/v1/organisations": {"kind": "dealer", "name": {"en": "New"}},
    "POST /api/v1/users": {"login": "new", "name": "New", "role": "auditor", "brand_id": "{brand}"},
    "PATCH /api/v1/users/{user_id}": {"name": "Another"},
    "POST /api/v1/users/{user_id}/brands": {"brand_id": "{brand}"},
    "POST /api/v1/grants": {"dealer_id": "{dealer}", "kind": "audits", "brand_id": "{brand}"},
    "POST /api/v1/tasks": TASK | {"brand_id": "{brand}"},
    "POST /api/v1/tasks/{task_id}/versions": {"rules": rules(), "displays_max": 5},
    "POST /api/v1/tasks/{task_id}/budget": {"amount_fen": 100},
    "POST /api/v1/tasks/{task_id}/claims": {"outlet_id": "{outlet}"},
    "POST /api/v1/visits": {"lat": LAT, "lon": LON},
    "POST /api/v1/reviews/{audit_id}": {"action": "refuse", "reason": "no", "seq": 1},
    "POST /api/v1/reviews/{audit_id}/proposal": {
        "action": "approve", "reason": "a season", "seq": 1, "amount_fen": 900_000, "dismissals": NOT_THE_SAME,
    },
    "POST /api/v1/audits/{audit_id}/reversal": WHY,
    "POST /api/v1/audits/{audit_id}/reversal/proposal": WHY,
    "POST /api/v1/audits/{audit_id}/reopening": WHY,
    "POST /api/v1/proposals/{proposal_id}/refusal": WHY,
    "POST /api/v1/reviews/{audit_id}/ticks": {"ticked": [], "sisters": []},
    "POST /api/v1/stops": WHY | {"kind": "task"},
    "POST /api/v1/stops#model": WHY | {"kind": "model", "target": "detector:9"},
    "POST /api/v1/stops/{stop_id}/opening": WHY,
}  # fmt: skip
FORMS: dict[str, Any] = {
    "POST /api/v1/photos": {"display": "1"},
    "POST /api/v1/skus": {"code": "new-sku", "name": "New", "brand_id": "{brand}"},
    "POST /brand": {},
}
QUERIES = {
    "GET /api/v1/stops/targets": {"kind": "task"},
    "GET /api/v1/stops/targets#model": {"kind": "model"},
    "GET /api/v1/skus/{code}": {"brand_id": "{brand}"},
    "POST /api/v1/skus/{code}/rescore": {"days": "7", "brand_id": "{brand}"},
}


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """On SQLite: what is held here is asked in SQL that is the same on both."""
    path = tmp_path_factory.mktemp("matrix") / "matrix.db"
    url = f"sqlite:///{path}"
    make_schema(url)
    database = OpenDatabase(url)
    open_clients: list[TestClient] = []

    def entered(app: Any) -> TestClient:
        client = TestClient(app, raise_server_exceptions=False, client=("127.0.0.1", 50000))
        open_clients.append(client)
        return client.__enter__()

    now = utcnow()
    with clock_in_use(lambda: now):  # the time to undo a review stays
        yield make_matrix(database, path, entered)
    for client in open_clients:
        client.__exit__(None, None, None)
    database.dispose()


def routes(app: Any) -> set[str]:
    """Method and path of every route of the app, its pages and hidden ones too."""
    found = set()
    for included in (each for each in app.routes if hasattr(each, "original_router")):
        prefix = included.include_context.prefix if hasattr(included, "include_context") else included.prefix
        for route in included.original_router.routes:
            assert isinstance(route, APIRoute)
            found |= {f"{method} {prefix}{route.path}" for method in route.methods}
    return found


def test_each_route_has_a_line_and_each_line_a_route(matrix: Matrix) -> None:
    there = routes(matrix.world.app)
    assert len(there) > 80
    told = {f"{line.method} {line.path}" for line in LINES}
    assert {"without a line": there - told, "without a route": told - there} == {
        "without a line": set(), "without a route": set(),
    }  # fmt: skip
    for line in LINES:
        assert line.told is None or set(line.told) <= set(get_args(Role)), line.name


def rows_of(line: Line) -> dict[str, str]:
    """Parameter and row of what the line is about."""
    named = {name: name.removesuffix("_id") for name in re.findall(r"{(\w+)}", line.path) if name != "front"}
    return named | ROWS.get(line.name, ROWS.get(line.name.partition("#")[0], {}))


def asked(matrix: Matrix, line: Line, role: str, rows: dict[str, str]) -> Any:
    """The answer to a role that asks for these rows."""
    about = {name: rows[row] for name, row in rows_of(line).items() if row in rows}
    path = line.path.replace("{front}", "0")
    for name in re.findall(r"{(\w+)}", path):
        path = path.replace(f"{{{name}}}", about.pop(name))
    plain = line.name.partition("#")[0]

    def filled(values: dict[str, Any]) -> dict[str, Any]:
        """With the ids of the case, and no brand for who has one."""
        made = {
            name: rows.get(str(value)[1:-1], value) if str(value)[:1] == "{" else value
            for name, value in values.items()
        }
        names_brand = role in ("admin", "operator") or line.path.endswith("/brands")
        return {name: value for name, value in made.items() if name != "brand_id" or names_brand}

    given: dict[str, Any] = {"headers": {KEY: f"{role}-{len(matrix.own)}-of-the-matrix"}}
    given["params"] = filled(QUERIES.get(line.name, QUERIES.get(plain, {})))
    if plain in FORMS:
        given["data"] = filled(FORMS[plain]) | about
        if plain != "POST /brand":
            pictures = [photo_bytes(90, 160, seed) for seed in (31, 32, 33)][: 3 if "skus" in plain else 1]
            given["files"] = [("file", (f"{i}.jpg", data, "image/jpeg")) for i, data in enumerate(pictures)]
    elif plain in BODIES or about:
        given["json"] = filled(BODIES.get(line.name, BODIES.get(plain, {}))) | about
    return matrix.ask(matrix.tokens[role], line.method, path, **given)


def expected(line: Line, role: str, case: str, has_row: bool) -> int:
    told = (line.told or {}).get(role)
    if told is None:
        return 403
    if not has_row or (case == "own" and role != "dealer"):
        return told
    if role == "dealer":
        return told if case == "granted" or (line.path in (f"{API}/me/brand", "/brand") and case == "own") else 404
    if case == "granted":
        return told
    return told if role == "admin" else 404


@pytest.mark.parametrize("line", [each for each in LINES if each.told is not None], ids=lambda line: line.name)
def test_matrix(matrix: Matrix, line: Line) -> None:
    has_row, wrong = bool(rows_of(line)), list[str]()
    for kept, cases in (("none", ("own", "foreign", "others")), ("granted", ("granted",))):
        matrix.restore(kept)
        for case in cases if has_row else cases[:1]:
            rows = {"foreign": matrix.foreign, "others": matrix.own | matrix.others}.get(case, matrix.own)
            about = set(rows_of(line).values())
            if not about <= set(rows) or (case == "others" and not about & set(matrix.others)):
                continue  # there is no such row
            for role in ("rep",) if case == "others" else ROLES:
                answer = asked(matrix, line, role, rows)
                wanted = expected(line, role, case, has_row)
                if answer.status_code != wanted:
                    wrong.append(f"{role}, {case}: {answer.status_code} and not {wanted}: {answer.text[:200]}")
                elif answer.status_code < 400 and role != "admin":
                    wrong += [f"{role}, {case}: tells of the foreign {name}" for name in told_of(matrix, answer)]
                if answer.status_code < 400 and line.method != "GET":
                    matrix.restore(kept)
    assert not wrong, "\n".join([line.name, *wrong])


def told_of(matrix: Matrix, answer: Any) -> list[str]:
    """Rows of the other brand that an answer names; all see which dealers there are."""
    if not answer.headers.get("content-type", "").startswith(("application/json", "text/")):
        return []
    return [name for name, row in matrix.foreign.items() if name != "dealer" and row in answer.text]


@pytest.mark.parametrize("kind", SHOWN)
def test_lists_tell_a_dealer_what_grants_show(matrix: Matrix, kind: str) -> None:
    for kept, shown in (("none", False), ("granted", True)):
        matrix.restore(kept)
        answer = matrix.ask(matrix.tokens["dealer"], "GET", f"{API}/{kind}")
        assert (matrix.own[SHOWN[kind]] in answer.text) is shown, (kept, answer.text)
