"""Signing in and out over HTTP: sessions, proxies, many at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.auth import COOKIE
from api.hashing import Hashing
from api.people.sign_in import begin, network_of
from crm.access.scope import Scope
from crm.access.trail import By
from crm.kernel.errors import Unauthenticated
from crm.people import accounts, inviting
from crm.people import service as people
from crm.people.tables import SignInSession, User
from tests.integration.api.live import served
from tests.integration.api.test_access import sign_in_by_form
from tests.integration.api.test_events import listening
from tests.integration.api.world import PASSWORD, World, session_token
from tests.integration.conftest import Now

ORIGIN = {"Origin": "http://testserver"}
WRONG = {"login": "rep-a", "password": "wrong password"}
RIGHT = {"login": "rep-a", "password": PASSWORD}


def bearer(client: TestClient) -> dict[str, str]:
    answer = client.post("/api/v1/session", json=RIGHT)
    assert answer.status_code == 200, answer.text
    client.cookies.clear()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def status(client: TestClient, **rest: Any) -> tuple[int, str]:
    answer = client.get("/api/v1/me", **rest)
    return answer.status_code, answer.json().get("code", "")


def test_signing_out_ends_the_session_and_each_copy_of_its_token(client: TestClient) -> None:
    first, second = bearer(client), bearer(client)
    assert client.delete("/api/v1/session", headers=first).status_code == 204
    assert status(client, headers=first) == (401, "session_expired")
    assert status(client, headers=second) == (200, "")

    sign_in_by_form(client)
    copied = client.cookies[COOKIE]
    assert client.delete("/api/v1/session").status_code == 403  # from our own pages only
    client.post("/sign-out", headers=ORIGIN)
    client.cookies.set(COOKIE, copied)
    assert status(client) == (401, "session_expired")
    assert client.get("/rep", follow_redirects=False).headers["location"] == "/"


def test_signing_in_again_ends_the_browsers_earlier_session(client: TestClient) -> None:
    sign_in_by_form(client)
    earlier = {"Authorization": f"Bearer {client.cookies[COOKIE]}"}
    sign_in_by_form(client)
    assert status(client) == (200, "")
    client.cookies.clear()
    assert status(client, headers=earlier) == (401, "session_expired")


def test_a_session_ends_unused_and_reading_is_no_use(client: TestClient, now: Now) -> None:
    headers = bearer(client)
    for _ in range(29):
        now.time += timedelta(minutes=1)
        assert status(client, headers=headers) == (200, "")
    assert client.get("/api/v1/session", headers=headers).json()["ends_in"] == 60
    now.time += timedelta(minutes=1)
    assert status(client, headers=headers) == (401, "session_expired")


@pytest.mark.parametrize("use", ["POST /api/v1/session/renewal", "PUT /api/v1/me/password", "GET /rep"])
def test_a_session_that_is_used_goes_on_until_its_latest_end(client: TestClient, now: Now, use: str) -> None:
    sign_in_by_form(client)
    began, (method, path) = now.time, use.split()
    while client.get("/api/v1/session").status_code == 200:
        left = client.get("/api/v1/session").json()
        assert left["latest_in"] == (began + timedelta(hours=12) - now.time).total_seconds()
        client.request(method, path, headers=ORIGIN)
        state = client.get("/api/v1/session").json()
        assert state["ends_in"] == min(1800, left["latest_in"])
        now.time += timedelta(minutes=25)
    assert now.time - began >= timedelta(hours=12)


def test_a_stream_ends_with_its_session(world: World) -> None:
    with served(world.app) as address, httpx.Client(base_url=address) as client:
        token = session_token(world.database, world.users["rep-a"])
        with (
            listening(address, world, "rep-a") as other,
            client.stream("GET", "/api/v1/events", headers={"Authorization": f"Bearer {token}"}, timeout=10) as stream,
        ):
            lines = stream.iter_lines()
            assert "retry" in next(lines)
            assert client.delete("/api/v1/session", headers={"Authorization": f"Bearer {token}"}).status_code == 204
            assert "event: decision" not in list(lines)  # it comes to an end
            assert next(other)["event"] == "ready"


@pytest.mark.parametrize("what", ["brand", "role"])
def test_a_stream_ends_where_its_user_acts_for_another_brand_or_with_another_role(world: World, what: str) -> None:
    auditor = world.users["auditor"]
    with world.database.write() as s:
        other = people.create_organisation(s, "brand", "Another").id
        accounts.add_brand(s, Scope("", "admin"), By(operator="somebody"), auditor, other)
    headers = {"Authorization": f"Bearer {session_token(world.database, auditor)}"}
    with (
        served(world.app) as address,
        httpx.Client(base_url=f"{address}/api/v1", headers=headers) as client,
        client.stream("GET", "/events", timeout=10) as stream,
    ):
        lines = stream.iter_lines()
        assert "retry" in next(lines)
        if what == "brand":
            assert client.put("/me/brand", json={"brand_id": other}).status_code == 200
        else:
            with world.database.write() as s:
                s.get_one(User, auditor).role = "data"
        assert "event: decision" not in list(lines)  # it comes to an end, else the read times out


def test_the_wait_is_told_and_holds_neither_the_owner_nor_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "password_matches", lambda given, hashed: given == PASSWORD and hashed is not None)
    with TestClient(world.app, client=("192.0.2.1", 1)) as stranger, TestClient(world.app) as owner:
        for login in ("rep-a", "nobody"):
            said = [stranger.post("/api/v1/session", json=WRONG | {"login": login}) for _ in range(6)]
            assert [each.status_code for each in said] == [401] * 5 + [429]
            assert 1 <= int(said[-1].headers["retry-after"]) <= 5
            assert "wait" in said[-1].json()["detail"]
        chinese = stranger.post("/api/v1/session", json=WRONG, headers={"Accept-Language": "zh"})
        assert "秒后再试" in chinese.json()["detail"]
        page = stranger.post("/sign-in", data=WRONG, headers=ORIGIN)
        assert (page.status_code, "Too many wrong tries: wait" in page.text) == (429, True)
        assert int(page.headers["retry-after"]) >= 1
        assert owner.post("/api/v1/session", json=RIGHT).status_code == 200
        everybody = [login for login in world.users if login != "rep-a"]
        assert len(everybody) >= 4
        for login in everybody:  # of one office
            assert stranger.post("/api/v1/session", json={"login": login, "password": PASSWORD}).status_code == 200


def test_a_phone_is_one_name_however_it_is_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "password_matches", lambda given, hashed: given == PASSWORD and hashed is not None)
    with world.database.write() as s:
        s.get_one(User, world.users["rep-a"]).phone = "13800000001"
    written = ["13800000001", "138 0000 0001", "138-0000-0001", "(138)00000001", "１３８00000001", "1.3800000001"]
    with TestClient(world.app, client=("192.0.2.1", 1)) as stranger:
        said = [stranger.post("/api/v1/session", json=WRONG | {"login": each}).status_code for each in written]
    assert said == [401] * 5 + [429]


@pytest.mark.parametrize("closed", [False, True])
def test_a_password_that_was_changed_while_it_was_looked_at_begins_no_session(world: World, closed: bool) -> None:
    user = people.authenticate(world.database, "rep-a", PASSWORD)
    by = By(operator="operator somebody")
    with world.database.write() as s:
        if closed:
            accounts.change_user(s, Scope("", "admin"), by, user.id, {"active": False})
        else:
            inviting.set_password(s, by, s.get_one(User, user.id), "an uncommon password")
    with pytest.raises(Unauthenticated):
        begin(world.app.state.services, user)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("rubbish", "?"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("trusted", "seen"), [((), "127.0.0.1"), (("127.0.0.0/8",), "192.0.2.9"), (("10.0.0.1",), "127.0.0.1")]
)
def test_only_a_trusted_proxy_tells_who_the_client_is(world: World, trusted: tuple[str, ...], seen: str) -> None:
    told: list[str] = []

    @world.app.middleware("http")
    async def look(request: Any, call_next: Any) -> Any:
        told.append(request.client.host)
        return await call_next(request)

    with served(world.app, trusted_proxies=trusted) as address:
        given = {"X-Forwarded-For": "198.51.100.1, 192.0.2.9", "X-Forwarded-Proto": "https"}
        answer = httpx.get(f"{address}/healthz", headers=given)
    assert told == [seen]
    assert ("strict-transport-security" in answer.headers) == (seen != "127.0.0.1")


def test_hashes_have_a_place_of_their_own_and_others_stay_quick(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.app.state.services = replace(world.app.state.services, hashing=Hashing(2, 6))
    at_once, most, go_on, lock = 0, 0, threading.Event(), threading.Lock()

    def slow(*_: Any) -> bool:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        go_on.wait(30)
        with lock:
            at_once -= 1
        return True

    monkeypatch.setattr(people, "password_matches", slow)
    token = session_token(world.database, world.users["rep-b"])
    with served(world.app) as address, ThreadPoolExecutor(60) as pool:
        tries = [pool.submit(httpx.post, f"{address}/api/v1/session", json=RIGHT, timeout=60) for _ in range(60)]
        until = time.monotonic() + 30
        while sum(each.done() for each in tries) < 52 and time.monotonic() < until:
            time.sleep(0.01)
        # While sixty wait or were turned away, more than the common pool has threads for, others are answered.
        assert httpx.get(f"{address}/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        turned_away = [each.result() for each in tries if each.done()]
        assert {each.status_code for each in turned_away} <= {503, 429}
        assert all(int(each.headers["retry-after"]) > 0 for each in turned_away)
        assert any(each.json()["code"] == "too_many_sign_ins" for each in turned_away)
        go_on.set()
        assert [each.result().status_code for each in tries].count(200) >= 1
    assert most == 2


def test_the_page_says_when_too_many_sign_in(world: World) -> None:
    world.app.state.services = replace(world.app.state.services, hashing=Hashing(1, -1))
    with TestClient(world.app) as client:
        page = sign_in_by_form(client)
        assert (page.status_code, "Very many are signing in" in page.text) == (503, True)


def test_a_row_tells_neither_name_nor_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(world.app, client=("192.0.2.1", 1)) as client:
        client.post("/api/v1/session", json=WRONG)
    with world.database.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM sign_in_try").all())
    assert "rep-a" not in kept
    assert "192.0.2" not in kept


def test_ended_rows_are_deleted(world: World, now: Now) -> None:
    from crm.workflows.upkeep import clear_sign_ins

    with TestClient(world.app) as client:
        bearer(client)
        for days, left in ((1, 1), (1, 0)):
            now.time += timedelta(days=days, hours=-1)
            clear_sign_ins(world.database)
            with world.database.read() as s:
                assert len(s.execute(SignInSession.__table__.select()).all()) == left
