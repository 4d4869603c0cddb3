"""Who may do and see what; the cookie of the pages."""

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient

from api.auth import COOKIE
from api.tokens import Tokens
from crm.people.tables import User
from tests.integration.api.conftest import Actor
from tests.integration.api.world import LAT, LON, PASSWORD, SECRET, World, session_token

Act = Callable[[str], Actor]


def me(client: TestClient, token: str) -> Any:
    return client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def test_only_our_own_valid_tokens_count(client: TestClient, world: World) -> None:
    user = world.users["rep-a"]
    good = session_token(world.database, user)
    assert me(client, good).status_code == 200
    claims = jwt.decode(good, options={"verify_signature": False})
    forged = {
        "another secret": Tokens("x" * 48, 1800).issue(user, claims["sid"]),
        "no signature": jwt.encode(claims, None, algorithm="none"),
        "another audience": jwt.encode(claims | {"aud": "other"}, SECRET, algorithm="HS256"),
        "no expiry": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, SECRET, algorithm="HS256"),
        "rubbish": "rubbish",
        "cut": good[:-4],
        "of before there were sessions": jwt.encode(
            {k: v for k, v in claims.items() if k != "sid"}, SECRET, algorithm="HS256"
        ),
    }
    for name, token in forged.items():
        response = me(client, token)
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in"), name
        assert "Bearer" in response.headers["www-authenticate"]
    assert me(client, Tokens(SECRET, 0).issue(user, claims["sid"])).json()["code"] == "session_expired"
    assert client.get(f"/api/v1/me?access_token={good}").status_code == 422  # never in an address


def test_a_user_who_was_closed_is_out_at_once(client: TestClient, world: World) -> None:
    token = session_token(world.database, world.users["rep-a"])
    with world.database.write() as s:
        user = s.get(User, world.users["rep-a"])
        assert user is not None
        user.active = False
    assert me(client, token).status_code == 401
    assert client.post("/api/v1/session", json={"login": "rep-a", "password": PASSWORD}).status_code == 401


def test_a_rep_sees_his_own_and_nothing_of_others(world: World, act: Act) -> None:
    rep = act("rep-a")
    sent = rep.upload(rep.ready()).json()
    photo, audit = f"/photos/{sent['photo_id']}", f"/audits/{sent['audit_id']}"
    for login in ("rep-b", "stranger", "other-auditor"):
        other = act(login)
        for path in (photo, f"{photo}/picture.jpg", f"{photo}/annotated.jpg", audit):
            response = other.get(path)
            assert (response.status_code, response.json()["code"]) == (404, "not_found"), (login, path)
        assert other.get("/audits").json()["items"] == []
        assert other.get("/wallet").json() == {"balance_fen": 0}
    for login in ("auditor", "manager", "admin"):
        assert act(login).get(audit).status_code == 200, login
        assert act(login).get(f"{photo}/picture.jpg").status_code == 200, login
    assert act("stranger").get("/outlets").json()["items"] == []
    assert act("stranger").post("/visits", {"outlet_id": world.outlet, "lat": LAT, "lon": LON}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "allowed"),
    [
        ("GET", "/reviews", None, {"auditor", "manager", "admin"}),
        ("POST", "/reviews/nothing", {"action": "approve"}, {"auditor", "manager", "admin"}),
        ("GET", "/proposals", None, {"auditor", "manager", "admin"}),
        ("POST", "/reviews/nothing/proposal", {"action": "approve"}, {"auditor", "manager", "admin"}),
        ("POST", "/proposals/nothing/confirmation", None, {"auditor", "manager", "admin"}),
        ("POST", "/proposals/nothing/refusal", {"reason": "x"}, {"auditor", "manager", "admin"}),
        ("POST", "/audits/nothing/reversal", {"reason": "x"}, {"manager", "admin"}),
        ("POST", "/audits/nothing/reversal/proposal", {"reason": "x"}, {"manager", "admin"}),
        ("POST", "/audits/nothing/reopening", {"reason": "x"}, {"auditor", "manager", "admin"}),
        ("GET", "/budgets", None, {"manager", "admin"}),
        ("POST", "/tasks/nothing/versions", {"rules": {}}, {"manager", "admin"}),
        ("POST", "/tasks/nothing/claims", {"outlet_id": "x"}, {"rep-a", "admin"}),
    ],
)
def test_roles(act: Act, method: str, path: str, body: Any, allowed: set[str]) -> None:
    for login in ("rep-a", "auditor", "manager", "admin"):
        actor = act(login)
        status = (actor.get(path) if method == "GET" else actor.post(path, body)).status_code
        assert (status != 403) == (login in allowed), (login, status)


def test_an_upload_is_for_reps_alone(act: Act) -> None:
    assert act("auditor").upload({"visit_id": "x", "claim_id": "y"}).status_code == 403


def test_every_route_but_the_open_ones_wants_a_sign_in(client: TestClient, world: World) -> None:
    signing_in = {("/api/v1/session", "post"), ("/api/v1/invitations", "post")}
    opened = signing_in | {(path, "get") for path in ("/healthz", "/readyz", "/problems/{code}")}
    tried = 0
    for path, methods in world.app.openapi()["paths"].items():
        for method in methods:
            if (path, method) in opened:
                continue
            concrete = path.replace("{", "").replace("}", "")
            assert client.request(method.upper(), concrete).status_code == 401, (method, path)
            tried += 1
    assert tried >= 20


def sign_in_by_form(client: TestClient, login: str = "rep-a", origin: str = "http://testserver") -> Any:
    return client.post(
        "/sign-in", data={"login": login, "password": PASSWORD}, headers={"Origin": origin}, follow_redirects=False
    )


def test_the_pages_use_a_cookie_that_scripts_and_other_sites_cannot(client: TestClient, world: World) -> None:
    foreign = sign_in_by_form(client, origin="https://evil.example")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    response = sign_in_by_form(client)
    assert (response.status_code, response.headers["location"]) == (303, "/rep")
    cookie = response.headers["set-cookie"].lower()
    assert COOKIE in cookie
    for part in ("httponly", "samesite=strict", "path=/"):
        assert part in cookie
    assert client.get("/api/v1/me").json()["login"] == "rep-a"
    body = {"outlet_id": world.outlet, "lat": LAT, "lon": LON}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        refused = client.post("/api/v1/visits", json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")
    assert client.post("/api/v1/visits", json=body, headers={"Origin": "http://testserver"}).status_code == 201
    out = client.post("/sign-out", headers={"Origin": "http://testserver"}, follow_redirects=False)
    assert out.status_code == 303
    assert client.get("/api/v1/me").status_code == 401


def test_each_role_has_its_page(client: TestClient) -> None:
    assert client.get("/rep", follow_redirects=False).headers["location"] == "/"
    sign_in_by_form(client)
    assert client.get("/rep").status_code == 200
    assert client.get("/review").status_code == 403
    assert client.get("/stops").status_code == 403
    client.cookies.clear()
    assert sign_in_by_form(client, "auditor").headers["location"] == "/review"
    assert client.get("/stops").status_code == 200
    page = client.get("/review?lang=zh")
    assert (page.status_code, "待复核" in page.text) == (200, True)
    assert "待复核" in client.get("/review").text  # the switch is remembered
    wrong = client.post("/sign-in", data={"login": "x<b>", "password": "y"}, headers={"Origin": "http://testserver"})
    assert wrong.status_code == 401
    assert "x&lt;b&gt;" in wrong.text
