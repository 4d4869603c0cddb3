"""From sign-in to the wallet, over HTTP."""

import re
from collections.abc import Callable

from fastapi.testclient import TestClient

from tests.integration.api.conftest import Actor
from tests.integration.api.world import PASSWORD, REWARD_FEN, World, photo_bytes

Act = Callable[[str], Actor]


def test_a_photo_becomes_a_reward_that_is_explained(client: TestClient, world: World) -> None:
    session = client.post("/api/v1/session", json={"login": "rep-a", "password": PASSWORD})
    assert session.status_code == 200
    assert (session.json()["token_type"], session.json()["role"]) == ("bearer", "rep")
    rep = Actor(client, world, "rep-a")
    rep.headers = {"Authorization": f"Bearer {session.json()['access_token']}"}
    assert rep.get("/me").json()["brand"]["name"] == "Cola"
    assert [each["name_zh"] for each in rep.get("/outlets").json()["items"]] == ["街角小店"]
    [task] = rep.get("/tasks").json()["items"]
    assert (task["version"], task["clauses"][0]["label_zh"]) == (1, "本品排面不少于五个")

    received = rep.upload(rep.ready())
    assert received.status_code == 202, received.text
    links = received.json()["links"]
    status = client.get(links["self"], headers=rep.headers).json()
    assert (status["decided"], status["audit_state"], status["state"]) == (True, "decided", "read")

    told = client.get(links["audit"], headers=rep.headers).json()
    assert (told["decision"]["outcome"], told["decision"]["amount_fen"]) == ("pass", REWARD_FEN)
    [clause] = told["decision"]["clauses"]
    assert clause["measured"] == {"facings.own": {"low": 6, "best": 6, "high": 6}}
    assert clause["threshold"] == {"path": "facings.own", "op": ">=", "value": 5}
    boxes = told["photos"][0]["detections"]
    assert {each["certainty"] for each in boxes} == {"sure"}
    assert len(boxes) == 9  # the box of score 0.002 counts nowhere
    assert told["products"]["cola-330"] == {"name": "Cola can", "name_zh": "可乐罐装", "own": True, "new": False}

    assert rep.get("/wallet").json() == {"balance_fen": REWARD_FEN}
    [line] = rep.get("/wallet/statement").json()["items"]
    assert (line["amount_fen"], line["balance_fen"]) == (REWARD_FEN, REWARD_FEN)


def test_pictures_are_made_anew_and_never_the_received_bytes(client: TestClient, world: World, act: Act) -> None:
    rep = act("rep-a")
    data = photo_bytes()
    links = rep.upload(rep.ready(), data + b"<script>alert(1)</script>").json()["links"]
    for name in ("picture", "annotated"):
        got = client.get(links[name], headers=rep.headers)
        assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["cache-control"].startswith("private")
        assert b"<script>" not in got.content
        assert got.content != data
    paths = world.app.openapi()["paths"]
    assert [path for path in paths if path.endswith(".jpg")] == [
        "/api/v1/photos/{photo_id}/picture.jpg", "/api/v1/photos/{photo_id}/annotated.jpg",
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
    assert (item["audit_id"], item["task"]["name"], item["outlet"]["name_zh"]) == (audit, "Cola display", "街角小店")
    assert item["reasons"]
    assert rep.get("/wallet").json() == {"balance_fen": 0}

    silent = auditor.post(f"/reviews/{audit}", {"action": "refuse"})
    assert (silent.status_code, silent.json()["errors"][0]["field"]) == (422, "reason")
    done = auditor.post(f"/reviews/{audit}", {"action": "approve", "reason": "all there"})
    assert (done.status_code, done.json()["outcome"], done.json()["amount_fen"]) == (200, "pass", REWARD_FEN)
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
    assert (done.status_code, done.json()["outcome"], done.json()["amount_fen"]) == (200, "refuse", 0)
    assert rep.get(f"/audits/{audit}").json()["decision"]["comment"] == "only three"


def test_lists_are_paged_by_cursor(act: Act) -> None:
    rep = act("rep-a")
    sent = [rep.upload(rep.ready() | {"display": str(number)}, key=f"key-{number:05}") for number in range(5)]
    assert all(each.status_code == 202 for each in sent), sent[-1].text
    audits = [each.json()["audit_id"] for each in sent]
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
    body = {"code": "t2", "name": "Two", "starts_at": "2030-01-01T00:00:00+08:00", "ends_at": "2030-02-01T00:00:00Z"}
    task = manager.post("/tasks", body)
    assert (task.status_code, task.json()["state"], task.json()["version"]) == (201, "draft", None)
    [old] = act("rep-a").get("/tasks").json()["items"]
    rules = {
        "clauses": [
            {"code": code, "label_en": "x", "label_zh": "x", "expression": expression, "on_fail": "refuse"}
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
