"""Stops over HTTP, and on the command line."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from typer.testing import CliRunner

from cli.main import app
from tests.integration.api.conftest import Actor
from tests.integration.api.world import REWARD_FEN, World

Act = Callable[[str], Actor]
WHY = {"reason": "looks wrong"}


def test_a_stop_holds_the_next_photo_and_its_opening_lets_the_one_after_be_paid(
    client: TestClient, world: World, act: Act
) -> None:
    body = {"kind": "task", "target": world.task, **WHY}
    with capture_logs() as logs:
        made = act("auditor").post("/stops", body)
    assert made.status_code == 201
    stop = made.json()
    [line] = [line for line in logs if line["event"] == "automatic_pay_stopped"]
    assert (line["stop"], line["target"], line["log_level"]) == (stop["id"], world.task, "warning")
    assert "looks wrong" not in str(line)
    assert act("manager").post("/stops", body).json()["id"] == stop["id"]
    assert (stop["by"], stop["reason"], stop["name"]["zh"], stop["opened_at"]) == (
        "Auditor", "looks wrong", "可乐陈列", None,
    )  # fmt: skip
    assert 'shelfproof_stops{kind="task"} 1.0' in client.get("/metrics").text
    rep = act("rep-a")
    audit = rep.upload(rep.ready()).json()["audit_id"]
    told = rep.get(f"/audits/{audit}").json()
    assert told["decision"]["outcome"] == "review"
    assert told["decision"]["reasons"][0] == {
        "code": "stopped", "en": "A person looks at this display.", "zh": "此陈列由人工查看。",
        "clause": None, "stop": None,
    }  # fmt: skip
    assert stop["id"] not in json.dumps(told)
    [item] = act("auditor").get("/reviews").json()["items"]
    assert "was stopped by Auditor: looks wrong." in item["reasons"][0]["en"]
    reasons = act("auditor").get(f"/audits/{audit}").json()["decision"]["reasons"]
    assert reasons[0] == item["reasons"][0]
    assert rep.get("/wallet").json()["balance_fen"] == 0
    opening = f"/stops/{stop['id']}/opening"
    opened = act("manager").post(opening, {"reason": "checked"})
    assert (opened.status_code, opened.json()["opened_by"]) == (200, "Manager")
    assert act("manager").post(opening, {"reason": "again"}).json()["opening_reason"] == "checked"
    assert act("manager").get("/stops").json()["items"] == []
    assert [each["id"] for each in act("manager").get("/stops?opened=true").json()["items"]] == [stop["id"]]
    rep = act("rep-b")
    assert act("auditor").post(f"/reviews/{audit}", {"action": "refuse", "reason": "no"}).status_code == 202
    claim = act("rep-a").get("/claims").json()["items"][0]["id"]
    act("rep-a").delete(f"/claims/{claim}")
    rep.upload(rep.ready())
    assert rep.get("/wallet").json()["balance_fen"] == REWARD_FEN


@pytest.mark.parametrize(
    ("method", "path", "body", "allowed"),
    [
        ("GET", "/stops", None, {"auditor", "manager", "admin"}),
        ("GET", "/stops/targets?kind=task", None, {"auditor", "manager", "admin"}),
        ("GET", "/stops/targets?kind=model", None, {"auditor", "manager", "admin"}),
        ("POST", "/stops", {"kind": "task", "target": "nothing", **WHY}, {"auditor", "manager", "admin"}),
        ("POST", "/stops/nothing/opening", WHY, {"manager", "admin"}),
    ],
)
def test_roles(act: Act, method: str, path: str, body: Any, allowed: set[str]) -> None:
    for login in ("rep-a", "auditor", "manager", "admin"):
        actor = act(login)
        status = (actor.get(path) if method == "GET" else actor.post(path, body)).status_code
        assert (status != 403) == (login in allowed), (login, status)


def test_another_brand_neither_sees_nor_stops_nor_opens(world: World, act: Act) -> None:
    stop = act("manager").post("/stops", {"kind": "brand", "target": world.brand, **WHY}).json()["id"]
    other = act("other-auditor")
    assert other.get("/stops?opened=true").json()["items"] == []
    assert [each["target"] for each in other.get("/stops/targets?kind=brand").json()["items"]] != [world.brand]
    for kind, target in (("brand", world.brand), ("task", world.task), ("sku", "cola-330")):
        assert other.post("/stops", {"kind": kind, "target": target, **WHY}).status_code == 404, kind
    everywhere = act("admin").post("/stops", {"kind": "model", "target": "detector:fake", **WHY}).json()["id"]
    refused = act("manager").post(f"/stops/{everywhere}/opening", WHY)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert [each["id"] for each in other.get("/stops").json()["items"]] == [everywhere]  # it concerns them too
    assert act("admin").post(f"/stops/{stop}/opening", WHY).status_code == 200


def test_a_stop_says_why_and_what(world: World, act: Act) -> None:
    manager = act("manager")
    for body in (
        {"kind": "task", "target": world.task},
        {"kind": "task", "target": world.task, "reason": "   "},
        {"kind": "task", "target": world.task, "reason": "x" * 201},
        {"kind": "rep", "target": world.users["rep-a"], **WHY},
        {"kind": "model", "target": "3", **WHY},
    ):
        answer = manager.post("/stops", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), body
    for target in ("a\0b", "%", "' OR 1=1 --", "货" * 120):
        for kind in ("task", "sku", "brand", "model"):
            answer = manager.post("/stops", {"kind": kind, "target": target, **WHY})
            assert answer.status_code in (404, 422), (kind, target)
    assert manager.get("/stops").json()["items"] == []
    stop = manager.post("/stops", {"kind": "task", "target": world.task, **WHY}).json()["id"]
    assert manager.post(f"/stops/{stop}/opening", {"reason": " "}).status_code == 422
    assert manager.post(f"/stops/{stop}/opening", {}).status_code == 422
    assert len(manager.get("/stops").json()["items"]) == 1


@pytest.fixture
def shell(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Callable[..., Any]]:
    """`shelfproof stop` on the database of this test."""
    for name, value in {"VAR": str(tmp_path), "SECRET": "s" * 40, "DATABASE_URL": database_url}.items():
        monkeypatch.setenv(f"SHELFPROOF_{name}", value)
    monkeypatch.setattr("cli.operating.upgrade", lambda database: None)  # the tables are there, made by no migration
    monkeypatch.setattr("cli.operating.configure_logs", lambda level: None)  # the logs of this process stay as they are
    with capture_logs():
        yield lambda *given: CliRunner().invoke(app, ["stop", *given], catch_exceptions=False)


def test_the_operator_stops_and_opens_on_the_database_itself(world: World, act: Act, shell: Callable[..., Any]) -> None:
    task = json.loads(shell("task", "t1", "--reason", "at night", "--json").stdout)
    assert (task["kind"], task["target"], task["by"].split()[0]) == ("task", world.task, "operator")
    assert json.loads(shell("task", world.task, "--reason", "again", "--json").stdout)["id"] == task["id"]
    sku = json.loads(shell("sku", "cola-330", "--brand", "Cola", "--reason", "at night", "--json").stdout)
    brand = json.loads(shell("brand", "Cola", "--reason", "at night", "--json").stdout)
    model = shell("model", "detector:fake", "--reason", "at night")
    assert "check its spelling" in model.stdout  # nothing was read by it yet
    listed = json.loads(shell("list", "--json").stdout)
    assert [each["id"] for each in listed[1:]] == [brand["id"], sku["id"], task["id"]]
    assert listed[0]["brand_id"] is None
    rep = act("rep-a")
    audit = rep.upload(rep.ready()).json()["audit_id"]
    reasons = act("auditor").get(f"/audits/{audit}").json()["decision"]["reasons"]
    assert [reason["code"] for reason in reasons[:4]] == ["stopped"] * 4
    for each in listed:
        opened = shell("open", each["id"], "--reason", "morning")
        assert opened.exit_code == 0, opened.stderr
    assert "nothing is stopped" in shell("list").stdout
    assert shell("list", "--all").stdout.count("by operator") == 8


def test_a_wrong_command_is_one_line_and_exit_2(shell: Callable[..., Any], world: World) -> None:
    for given in (
        ("task", "no-such", "--reason", "x"),
        ("task", "t1", "--reason", " "),
        ("sku", "cola-330", "--reason", "x"),  # two brands
        ("sku", "no-such", "--brand", "Cola", "--reason", "x"),
        ("model", "3", "--reason", "x"),
        ("brand", "no-such", "--reason", "x"),
        ("open", "no-such", "--reason", "x"),
    ):
        result = shell(*given)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), given
        assert result.stderr.startswith("shelfproof: "), given
    assert shell("task", "t1").exit_code == 2  # no reason
