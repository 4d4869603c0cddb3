"""From sign-in to the wallet, over HTTP."""

import re
from collections.abc import Callable
from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import event

from crm.access.scope import Scope
from crm.kernel.clock import utcnow
from crm.ledger.checks import check_ledger
from crm.ledger.service import find_account
from crm.tasks import service as tasks
from tests.integration.api.conftest import Actor
from tests.integration.api.world import PASSWORD, REWARD_FEN, World, photo_bytes, rules

Act = Callable[[str], Actor]


def test_a_photo_becomes_a_reward_that_is_explained(client: TestClient, world: World) -> None:
    session = client.post("/api/v1/session", json={"login": "rep-a", "password": PASSWORD})
    assert session.status_code == 200
    assert (session.json()["token_type"], session.json()["role"]) == ("bearer", "rep")
    rep = Actor(client, world, "rep-a")
    rep.headers = {"Authorization": f"Bearer {session.json()['access_token']}"}
    assert rep.get("/me").json()["brand"]["name"] == {"en": "Cola", "zh": "Cola"}
    assert [each["name"]["zh"] for each in rep.get("/outlets").json()["items"]] == ["街角小店"]
    [task] = rep.get("/tasks").json()["items"]
    assert (task["version"], task["clauses"][0]["label"]["zh"]) == (1, "本品排面不少于五个")

    received = rep.upload(rep.ready())
    assert received.status_code == 202, received.text
    links = received.json()["links"]
    status = client.get(links["self"], headers=rep.headers).json()
    assert (status["decided"], status["audit_state"], status["state"]) == (True, "decided", "read")

    told = client.get(links["audit"], headers=rep.headers).json()
    assert (told["decision"]["outcome"], told["decision"]["amount_fen"]) == ("pass", REWARD_FEN)
    [clause] = told["decision"]["clauses"]
    assert clause["measured"] == {
        "facings.own": {
            "low": 6, "best": 6, "high": 6, "is_open": False, "kind": "count",
            "name": {"en": "Own fronts", "zh": "本品排面"}, "sku": None, "shelf_position": None, "is_main": True,
        }
    }  # fmt: skip
    assert clause["threshold"] == {"path": "facings.own", "kind": "count", "op": ">=", "values": [5]}
    boxes = told["photos"][0]["detections"]
    assert {each["certainty"] for each in boxes} == {"sure"}
    assert len(boxes) == 9  # the box of score 0.002 counts nowhere
    assert told["products"]["cola-330"] == {"name": {"en": "Cola can", "zh": "可乐罐装"}, "own": True, "new": False}

    assert rep.get("/wallet").json() == {"balance_fen": REWARD_FEN}
    [line] = rep.get("/wallet/statement").json()["items"]
    assert (line["amount_fen"], line["balance_fen"]) == (REWARD_FEN, REWARD_FEN)
    assert (line["source"], line["reason"]) == ({"kind": "audit", "id": received.json()["audit_id"]}, "")
    assert (line["task"]["name"]["zh"], line["outlet"]["name"]["en"]) == ("可乐陈列", "Corner shop")


def test_pictures_are_made_anew_and_never_the_received_bytes(client: TestClient, world: World, act: Act) -> None:
    rep = act("rep-a")
    data = photo_bytes()
    links = rep.upload(rep.ready(), data + b"<script>alert(1)</script>").json()["links"]
    for name in ("picture", "annotated"):
        got = client.get(links[name], headers=rep.headers)
        assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["cache-control"].startswith("private")
        assert got.headers["vary"] == "Cookie, Authorization"
        assert b"<script>" not in got.content
        assert got.content != data
    paths = world.app.openapi()["paths"]
    assert [path for path in paths if path.endswith(".jpg")] == [
        "/api/v1/photos/{photo_id}/picture.jpg", "/api/v1/photos/{photo_id}/annotated.jpg",
        "/api/v1/reviews/{audit_id}/fronts/{photo_id}/{front}.jpg",  # cut out of picture.jpg
    ]  # fmt: skip


def test_a_picture_that_is_not_made_yet_is_to_be_asked_for_again(world: World, act: Act) -> None:
    world.workflows.asleep = True
    rep = act("rep-a")
    received = rep.upload(rep.ready())
    assert received.status_code == 202
    photo = received.json()["photo_id"]
    early = rep.get(f"/photos/{photo}/picture.jpg")
    assert (early.status_code, early.json()["code"], early.headers["retry-after"]) == (409, "not_ready", "1")
    assert rep.get(f"/photos/{photo}").json()["decided"] is False
    assert rep.get(f"/audits/{received.json()['audit_id']}").json()["decision"] is None


def test_an_upload_that_is_sent_again_is_the_same_photo_paid_once(act: Act) -> None:
    rep = act("rep-a")
    fields, data = rep.ready(), photo_bytes()
    first, again = rep.upload(fields, data), rep.upload(fields, data)
    assert again.status_code == 202
    assert again.json()["photo_id"] == first.json()["photo_id"]
    assert rep.get("/wallet").json() == {"balance_fen": REWARD_FEN}
    other = rep.upload(fields, photo_bytes())
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_the_auditor_settles_what_the_machine_leaves_open(world: World, act: Act) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    rep, auditor = act("rep-a"), act("auditor")
    audit = rep.upload(rep.ready()).json()["audit_id"]
    [item] = auditor.get("/reviews").json()["items"]
    assert (item["audit_id"], item["task"]["name"]["en"], item["outlet"]["name"]["zh"]) == (
        audit,
        "Cola display",
        "街角小店",
    )
    assert item["reasons"]
    assert rep.get("/wallet").json() == {"balance_fen": 0}

    silent = auditor.post(f"/reviews/{audit}", {"action": "refuse"})
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "reason")
    done = auditor.post(f"/reviews/{audit}", {"action": "approve", "reason": "all there"})
    assert (done.status_code, done.json()["outcome"], done.json()["amount_fen"]) == (202, "pass", REWARD_FEN)
    assert rep.get("/wallet").json() == {"balance_fen": REWARD_FEN}
    twice = auditor.post(f"/reviews/{audit}", {"action": "approve"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_reviewed")
    assert auditor.get("/reviews").json() == {"items": [], "next": None}


def test_corrected_numbers_are_judged_by_the_rules(world: World, act: Act) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    rep, auditor = act("rep-a"), act("auditor")
    audit = rep.upload(rep.ready()).json()["audit_id"]
    body = {"action": "correct", "reason": "only three", "facts": {"facings.own": 3}}
    done = auditor.post(f"/reviews/{audit}", body)
    assert (done.status_code, done.json()["outcome"], done.json()["amount_fen"]) == (202, "refuse", 0)
    assert rep.get(f"/audits/{audit}").json()["decision"]["comment"] == "only three"


def test_a_further_display_is_reviewed_beside_the_first_and_one_too_many_is_refused(world: World, act: Act) -> None:
    rep, auditor = act("rep-a"), act("auditor")
    [task] = rep.get("/tasks").json()["items"]
    assert task["displays_max"] == 5
    first, further = (
        rep.upload(rep.ready() | {"display": display}, key=f"upload-{display}").json()["audit_id"] for display in "12"
    )
    told = auditor.get(f"/audits/{further}").json()
    assert [reason["code"] for reason in told["decision"]["reasons"]] == ["further_display"]
    [other] = told["other_displays"]
    assert (other["audit_id"], other["display"], other["state"]) == (first, "1", "decided")
    assert auditor.get(other["pictures"][0].removeprefix("/api/v1")).status_code == 200
    assert rep.get("/wallet").json() == {"balance_fen": REWARD_FEN}
    for display, code in (("6", "display_above_limit"), ("left shelf", "invalid")):
        refused = rep.upload(rep.ready() | {"display": display}, key=f"upload-{code}")
        assert (refused.status_code, refused.json()["code"]) == (422, code)
        assert refused.json()["errors"][0]["field"] == "display"
    chinese = rep.upload(rep.ready() | {"display": "6"}, key="upload-again", **{"Accept-Language": "zh"})
    assert "最多奖励 5 个陈列" in chinese.json()["detail"]


def test_a_version_says_how_many_displays_it_rewards(world: World, act: Act) -> None:
    manager, path = act("manager"), f"/tasks/{world.task}/versions"
    assert manager.post(path, {"rules": rules(), "displays_max": 3}).json()["displays_max"] == 3
    assert manager.post(path, {"rules": rules()}).json()["displays_max"] == 1
    assert manager.post(path, {"rules": rules(), "displays_max": 21}).status_code == 422


def test_a_claim_says_how_many_displays_it_may_have_whatever_was_published_since(world: World, act: Act) -> None:
    rep, manager = act("rep-a"), act("manager")
    old = rep.post(f"/tasks/{world.task}/claims", {"outlet_id": world.outlet}).json()
    manager.post(f"/tasks/{world.task}/versions", {"rules": rules(), "displays_max": 9})
    assert rep.get("/tasks").json()["items"][0]["displays_max"] == 9
    again = rep.post(f"/tasks/{world.task}/claims", {"outlet_id": world.outlet}).json()
    assert again == old
    assert rep.get("/claims").json()["items"] == [old]
    assert old["displays_max"] == 5
    assert rep.delete(f"/claims/{old['id']}").status_code == 204
    new = rep.post(f"/tasks/{world.task}/claims", {"outlet_id": world.outlet}).json()
    assert new["displays_max"] == 9


def test_numbers_that_contradict_each_other_are_refused(world: World, act: Act) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    rep, auditor = act("rep-a"), act("auditor")
    audit = rep.upload(rep.ready()).json()["audit_id"]
    body = {"action": "correct", "reason": "miscounted", "facts": {"facings.own": 9, "facings.total": 8}}
    refused = auditor.post(f"/reviews/{audit}", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "facts_contradict")
    assert "Own fronts" in refused.json()["errors"][0]["message"]
    slip = auditor.post(f"/reviews/{audit}", body | {"facts": {'facings.sku["cola-33"]': 6}})
    assert (slip.status_code, slip.json()["code"]) == (422, "unknown_sku")
    assert "cola-33" in slip.json()["errors"][0]["message"]
    told = auditor.post(f"/reviews/{audit}", body | {"facts": {"facings.own": 6}})
    assert told.json()["outcome"] == "pass"
    share = rep.get(f"/audits/{audit}").json()["decision"]["facts"]["share.own"]
    assert (share["low"], share["high"], share["kind"], share["name"]["zh"]) == (0.75, 0.75, "share", "排面占比")


def test_lists_are_paged_by_cursor(act: Act) -> None:
    rep = act("rep-a")
    sent = [rep.upload(rep.ready() | {"display": str(number)}, key=f"key-{number:05}") for number in range(1, 6)]
    assert all(each.status_code == 202 for each in sent), sent[-1].text
    audits = [each.json()["audit_id"] for each in sent]
    for audit in audits[1:]:  # further displays of one outlet wait for a person
        body = {"action": "approve", "dismissals": {"further_display": "another shelf"}}
        assert act("auditor").post(f"/reviews/{audit}", body).json()["outcome"] == "pass"
    seen: list[str] = []
    query = "limit=2"
    for _ in range(5):
        page = rep.get(f"/audits?{query}").json()
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query = f"limit=2&after={page['next']}"
    assert seen == audits[::-1]
    lines = rep.get("/wallet/statement?limit=3").json()
    assert (len(lines["items"]), lines["next"] is None) == (3, False)
    for wrong in ("limit=0", "limit=201", "limit=x"):
        assert rep.get(f"/audits?{wrong}").status_code == 422


def test_a_manager_makes_a_task_and_faulty_rules_are_told_one_by_one(act: Act) -> None:
    manager = act("manager")
    body = {
        "code": "t2",
        "name": {"en": "Two"},
        "starts_at": "2030-01-01T00:00:00+08:00",
        "ends_at": "2030-02-01T00:00:00Z",
    }
    task = manager.post("/tasks", body)
    assert (task.status_code, task.json()["state"], task.json()["version"]) == (201, "draft", None)
    [old] = act("rep-a").get("/tasks").json()["items"]
    rules = {
        "clauses": [
            {"code": code, "label": {"en": "x", "zh": "x"}, "expression": expression, "on_fail": "refuse"}
            for code, expression in (("a", "facings.nothing >= 1"), ("b", "rand(3) > 1"))
        ],
        "reward": {},
        "auto_limit_fen": 1,
    }
    faulty = manager.post(f"/tasks/{task.json()['id']}/versions", {"rules": rules})
    assert (faulty.status_code, faulty.json()["code"]) == (422, "invalid")
    assert len(faulty.json()["errors"]) >= 2
    assert re.search("facings.nothing", faulty.text)
    assert manager.post("/tasks", body | {"code": "t3", "colour": "red"}).status_code == 422
    assert {each["code"] for each in manager.get("/budgets").json()["items"]} == {"t1", "t2"}
    assert act("rep-a").get("/budgets").status_code == 403
    assert old["code"] == "t1"


def test_a_manager_fills_a_budget_once_per_key(world: World, act: Act) -> None:
    manager, path = act("manager"), f"/tasks/{world.task}/budget"
    assert manager.post(path, {"amount_fen": 500}).json()["code"] == "idempotency_key_missing"
    headers = {"Idempotency-Key": "top-up-2026-11"}
    for _ in range(2):
        filled = manager.post(path, {"amount_fen": 500}, headers=headers)
        assert (filled.status_code, filled.json()["balance_fen"]) == (200, 1_000_500)
    other = manager.post(path, {"amount_fen": 501}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "key_conflict")
    for amount in (0, -5, 1.5, 10**13):
        wrong = manager.post(path, {"amount_fen": amount}, headers={"Idempotency-Key": "wrong-amount"})
        assert wrong.status_code == 422, amount
    for login, status in (("rep-a", 403), ("auditor", 403), ("admin", 200)):
        key = {"Idempotency-Key": f"top-up-of-{login}"}
        assert act(login).post(path, {"amount_fen": 100}, headers=key).status_code == status, login
    assert manager.post("/tasks/nothing/budget", {"amount_fen": 5}, headers=headers).status_code == 404
    [budget] = manager.get("/budgets").json()["items"]
    assert budget["balance_fen"] == 1_000_600
    with world.database.read() as s:
        assert check_ledger(s) == []
        funding = find_account(s, "funding", world.brand)
        assert funding is not None
        assert funding.balance_fen == -600


def test_a_page_costs_as_many_queries_however_long_it_is(world: World, act: Act) -> None:
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    rep, asked = act("rep-a"), 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    def queries(login: str, path: str, items: int) -> int:
        nonlocal asked
        actor, asked = act(login), 0
        assert len(actor.get(path).json()["items"]) == items
        return asked

    act("manager").post("/stops", {"kind": "task", "target": world.task, "reason": "each item tells of it"})
    event.listen(world.database.engine, "before_cursor_execute", count)
    manager = Scope(world.users["manager"], "manager", world.brand)
    now = utcnow()
    seen = []
    for number in range(1, 4):
        assert rep.upload(rep.ready() | {"display": str(number)}, key=f"upload-{number}").status_code == 202
        if number > 1:
            with world.database.write() as s:
                end = now + timedelta(days=1)
                tasks.create_task(s, manager, code=f"more-{number}", name="More", starts_at=now, ends_at=end)
        seen.append((queries("auditor", "/reviews", number), queries("manager", "/budgets", number)))
    assert seen[0] == seen[1] == seen[2]
    event.remove(world.database.engine, "before_cursor_execute", count)


def test_without_a_location_a_person_decides(world: World, act: Act) -> None:
    rep = act("rep-a")
    claim = rep.post(f"/tasks/{world.task}/claims", {"outlet_id": world.outlet}).json()["id"]
    visit = rep.post("/visits", {"outlet_id": world.outlet, "lat": None, "lon": None})
    assert (visit.status_code, visit.json()["in_distance_m"]) == (201, None)
    audit = rep.upload({"claim_id": claim, "visit_id": visit.json()["id"]}).json()["audit_id"]
    decision = rep.get(f"/audits/{audit}").json()["decision"]
    assert (decision["outcome"], decision["reasons"][0]["code"]) == ("review", "no_location")
    assert decision["reasons"][0]["zh"].startswith("签到没有定位")
    assert rep.get("/wallet").json() == {"balance_fen": 0}
