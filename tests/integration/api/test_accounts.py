"""Letting people in over HTTP: who may, what a link gives, and that nothing else works before a password is changed."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from cli.serve import say_first_step
from crm.access.trail import By
from crm.people import inviting
from crm.people import service as people
from crm.people.tables import User
from tests.integration.api.conftest import Actor
from tests.integration.api.world import PASSWORD, World

Act = Callable[[str], Actor]
NEW = "an uncommon password"


def token_of(invited: Any) -> str:
    assert invited.status_code == 201, invited.text
    return str(invited.json()["link"].partition("#")[2])


def test_a_manager_lets_a_rep_in_who_then_works(client: TestClient, world: World, act: Act) -> None:
    manager = act("manager")
    dealer = manager.post("/organisations", json={"kind": "dealer", "name": {"en": "South"}})
    assert dealer.status_code == 201, dealer.text
    asked = {"login": "bn", "name": "Binh", "role": "rep", "dealer_id": dealer.json()["id"], "phone": "0901"}
    made = manager.post("/users", json=asked)
    assert made.status_code == 201, made.text
    assert made.json()["is_invited"] is True
    link = manager.post(f"/users/{made.json()['id']}/invitations")
    assert link.json()["link"].startswith("http://testserver/welcome#")
    chosen = client.post("/api/v1/invitations", json={"token": token_of(link), "password": NEW})
    assert chosen.status_code == 200, chosen.text
    headers = {"Authorization": f"Bearer {chosen.json()['access_token']}"}
    assert client.get("/api/v1/me", headers=headers).json()["dealer"]["name"]["en"] == "South"
    assert client.post("/api/v1/session", json={"login": "0901", "password": NEW}).status_code == 200
    again = client.post("/api/v1/invitations", json={"token": token_of(link), "password": NEW})
    assert (again.status_code, again.json()["code"]) == (409, "link_used")


def test_who_may_do_what(world: World, act: Act) -> None:
    user = world.users["rep-a"]
    for login in ("rep-a", "auditor"):
        actor = act(login)
        for answer in (
            actor.get("/users"), actor.get("/organisations"), actor.post(f"/users/{user}/invitations"),
            actor.post("/users", json={"login": "x", "name": "X", "role": "auditor"}),
            actor.post("/organisations", json={"kind": "dealer", "name": {"en": "X"}}),
        ):  # fmt: skip
            assert answer.status_code == 403, (login, answer.text)
    manager, admin = act("manager"), act("admin")
    assert manager.post("/organisations", json={"kind": "brand", "name": {"en": "X"}}).status_code == 403
    assert manager.post("/users", json={"login": "x", "name": "X", "role": "admin"}).status_code == 403
    foreign = world.users["other-auditor"]
    assert manager.get(f"/users/{foreign}").status_code == 404
    assert manager.post(f"/users/{foreign}/invitations").status_code == 404
    assert manager.patch(f"/users/{foreign}", json={"active": False}).status_code == 404
    assert foreign not in [each["id"] for each in manager.get("/users").json()["items"]]
    assert admin.get(f"/users/{foreign}").status_code == 200
    assert admin.post("/organisations", json={"kind": "brand", "name": {"en": "X"}}).status_code == 201
    own = admin.patch(f"/users/{world.users['admin']}", json={"active": False})
    assert (own.status_code, own.json()["code"]) == (409, "own_account")


def test_a_closed_account_is_out_at_once_and_its_link_void(client: TestClient, world: World, act: Act) -> None:
    rep, manager = act("rep-a"), act("manager")
    link = token_of(manager.post(f"/users/{world.users['rep-a']}/invitations"))
    assert rep.get("/me").status_code == 200
    closed = manager.patch(f"/users/{world.users['rep-a']}", json={"active": False})
    assert closed.json()["active"] is False
    assert rep.get("/me").status_code == 401
    assert client.post("/api/v1/invitations", json={"token": link, "password": NEW}).status_code == 404
    refused = manager.post(f"/users/{world.users['rep-a']}/invitations")
    assert (refused.status_code, refused.json()["code"]) == (422, "account_closed")
    events = manager.get(f"/users/{world.users['rep-a']}/events").json()["items"]
    assert [each["kind"] for each in events] == ["invited", "closed"]


def test_before_a_password_is_changed_nothing_else_works(world: World, act: Act) -> None:
    with world.database.write() as s:
        inviting.set_password(s, By(operator="somebody"), people.current_user(s, world.users["rep-a"]), NEW)
    rep = act("rep-a")
    for path in ("/tasks", "/wallet", "/outlets", "/events"):
        refused = rep.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "password_change_needed"), path
    assert rep.get("/me").json()["must_change_password"] is True
    changed = rep.put("/me/password", json={"new": "my own password"})
    assert changed.status_code == 200, changed.text
    assert rep.get("/tasks").status_code == 401  # who was signed in by the former one is out
    rep.headers = {"Authorization": f"Bearer {changed.json()['access_token']}"}
    assert rep.get("/tasks").status_code == 200
    wrong = rep.put("/me/password", json={"new": "yet another password"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_password")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": None}, "name"), ({"active": "no"}, "active"), ({"role": "boss"}, "role"), ({"login": "x"}, "login")],
)
def test_changes_that_are_none_are_refused(world: World, act: Act, body: dict[str, Any], field: str) -> None:
    refused = act("manager").patch(f"/users/{world.users['rep-a']}", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].endswith(field)


def test_an_installation_without_an_admin_is_up_but_not_ready(client: TestClient, world: World) -> None:
    assert client.get("/readyz").status_code == 200
    with world.database.write() as s:
        s.get_one(User, world.users["admin"]).active = False
    assert client.get("/healthz").status_code == 200
    for language, words in (("en", "Make the first admin"), ("zh-CN", "添加首个管理员")):
        told = client.get("/readyz", headers={"Accept-Language": language})
        assert (told.status_code, told.json()["code"]) == (503, "no_admin")
        assert words in told.json()["detail"]
        assert "shelfproof admin create LOGIN --name NAME" in told.json()["detail"]
    with capture_logs() as logs:
        say_first_step(world.database)
    assert [entry["run"] for entry in logs] == ["shelfproof admin create LOGIN --name NAME"]
    with world.database.write() as s:
        s.get_one(User, world.users["admin"]).active = True
    with capture_logs() as logs:
        say_first_step(world.database)
    assert (client.get("/readyz").status_code, logs) == (200, [])


def signed_in(client: TestClient, login: str, password: str) -> dict[str, str]:
    answer = client.post("/api/v1/session", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def goes_on(client: TestClient, session: dict[str, str]) -> bool:
    return bool(client.get("/api/v1/me", headers=session).status_code == 200)


@pytest.mark.parametrize("how", ["himself", "link", "operator", "closed", "role"])
def test_all_sign_ins_end_with_the_password_the_account_or_the_role(
    client: TestClient, world: World, act: Act, how: str
) -> None:
    rep, manager = world.users["rep-a"], act("manager")
    old, other = signed_in(client, "rep-a", PASSWORD), signed_in(client, "auditor", PASSWORD)
    new = old
    if how == "himself":
        body = {"old": PASSWORD, "new": NEW}
        changed = client.put("/api/v1/me/password", json=body, headers=signed_in(client, "rep-a", PASSWORD))
        new = {"Authorization": f"Bearer {changed.json()['access_token']}"}
    elif how == "link":
        token = token_of(manager.post(f"/users/{rep}/invitations"))
        accepted = client.post("/api/v1/invitations", json={"token": token, "password": NEW})
        new = {"Authorization": f"Bearer {accepted.json()['access_token']}"}
    elif how == "operator":
        with world.database.write() as s:
            inviting.set_password(s, By(operator="somebody"), people.current_user(s, rep), NEW)
        new = signed_in(client, "rep-a", NEW)
    elif how == "role":  # a phone that others use too does not become an auditor's
        assert manager.patch(f"/users/{rep}", json={"role": "auditor"}).status_code == 200
        new = signed_in(client, "rep-a", PASSWORD)
    else:
        for active in (False, True):  # opened again, he signs in anew
            assert manager.patch(f"/users/{rep}", json={"active": active}).status_code == 200
        new = signed_in(client, "rep-a", PASSWORD)
    assert [goes_on(client, each) for each in (old, new, other)] == [False, True, True]
