"""Where the stored rules of a task are damaged, an auditor sees the audit and may refuse it, and nothing is paid."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text

from crm.audits import service as audits
from crm.audits.photos.tables import Audit
from crm.kernel.db import Database
from crm.ledger.checks import check_ledger
from crm.ledger.tables import Entry
from crm.tasks.tables import TaskVersion
from tests.integration.api.conftest import Actor
from tests.integration.api.test_bad_input import is_problem
from tests.integration.api.world import REWARD_FEN, World, rules

Act = Callable[[str], Actor]
CUT_OFF = json.dumps(rules())[:-9]  # only SQLite keeps what is no JSON
DAMAGES = {
    "null": "null",
    "empty": "{}",
    "list": "[]",
    "clause": json.dumps(rules() | {"clauses": [{"code": "own"}]}),
    "limit": json.dumps(rules() | {"auto_limit_fen": "1000"}),
    "cut off": CUT_OFF,
}
ACTIONS: list[dict[str, Any]] = [
    {"action": "approve"},
    {"action": "approve", "amount_fen": 100, "reason": "half of it stands there"},
    {"action": "correct", "reason": "counted", "facts": {"facings.own": 6}},
]


def damage(database: Database, rules_text: str) -> str:
    """Overwrite the rules of the one version in force; what was there."""
    value = ":rules" if database.dialect == "sqlite" else "CAST(:rules AS JSON)"
    with database.write() as s:
        was = s.execute(text("SELECT CAST(rules AS TEXT) FROM task_version")).scalar_one()
        s.execute(text(f"UPDATE task_version SET rules = {value}"), {"rules": rules_text})
    return str(was)


def paid(world: World) -> int:
    with world.database.read() as s:
        assert check_ledger(s) == []
        return s.scalar(select(func.count()).select_from(Entry).where(Entry.kind == "award")) or 0


@pytest.fixture
def in_review(world: World, act: Act) -> str:
    """The id of an audit that waits for an auditor."""
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    rep = act("rep-a")
    audit_id: str = rep.upload(rep.ready()).json()["audit_id"]
    return audit_id


@pytest.fixture(params=DAMAGES)
def damaged(request: pytest.FixtureRequest, world: World, in_review: str) -> str:
    """What the rules were before."""
    if request.param == "cut off" and world.database.dialect != "sqlite":
        pytest.skip("PostgreSQL refuses what is no JSON")
    return damage(world.database, DAMAGES[request.param])


def test_without_rules_nothing_is_paid_and_nothing_lost(world: World, act: Act, in_review: str, damaged: str) -> None:
    auditor = act("auditor")
    for body in ACTIONS:
        told = is_problem(auditor.post(f"/reviews/{in_review}", body), 409, "rules_unreadable")
        assert "refuse with a reason" in told["detail"]
        chinese = auditor.post(f"/reviews/{in_review}", body, headers={"Accept-Language": "zh"})
        assert is_problem(chinese, 409, "rules_unreadable")["detail"].startswith("该任务的规则数据已损坏")
    assert paid(world) == 0
    damage(world.database, damaged)  # restored, the audit goes on as if nothing had been
    done = auditor.post(f"/reviews/{in_review}", ACTIONS[0])
    assert (done.status_code, done.json()["outcome"], done.json()["amount_fen"]) == (202, "pass", REWARD_FEN)
    assert paid(world) == 1


@pytest.mark.usefixtures("damaged")
def test_an_auditor_may_refuse_without_rules(world: World, act: Act, in_review: str) -> None:
    auditor = act("auditor")
    is_problem(auditor.post(f"/reviews/{in_review}", {"action": "refuse"}), 422)
    done = auditor.post(f"/reviews/{in_review}", {"action": "refuse", "reason": "an old poster"})
    assert (done.status_code, done.json()["outcome"], done.json()["amount_fen"]) == (202, "refuse", 0), done.text
    assert auditor.get("/reviews").json()["items"] == []
    told = act("rep-a").get(f"/audits/{in_review}").json()
    assert (told["audit"]["state"], told["decision"]["comment"]) == ("decided", "an old poster")
    assert [each["code"] for each in told["decision"]["reasons"]] == ["refused", "rules_unreadable"]
    assert [each["outcome"] for each in told["history"]] == ["review", "refuse"]
    assert paid(world) == 0


@pytest.mark.usefixtures("damaged")
def test_what_is_shown_of_the_audit_needs_no_rules(act: Act, in_review: str) -> None:
    auditor = act("auditor")
    [item] = auditor.get("/reviews").json()["items"]
    assert item["audit_id"] == in_review
    told = auditor.get(f"/audits/{in_review}")
    assert (told.status_code, told.json()["audit"]["state"]) == (200, "in_review"), told.text
    assert [each["code"] for each in told.json()["decision"]["clauses"]] == ["own"]  # as they were judged
    assert [each["id"] for each in auditor.get("/audits").json()["items"]] == [in_review]


@pytest.mark.parametrize("kind", [each for each in DAMAGES if each != "cut off"])
def test_a_damaged_version_costs_nobody_the_list_of_tasks(world: World, act: Act, kind: str) -> None:
    damage(world.database, DAMAGES[kind])
    rep = act("rep-a")
    [task] = rep.get("/tasks").json()["items"]
    assert (task["id"], task["version"], task["clauses"]) == (world.task, 1, [])
    assert rep.get(f"/tasks/{world.task}").status_code == 200


def test_an_audit_decided_after_the_damage_goes_to_an_auditor_too(world: World, act: Act) -> None:
    world.workflows.asleep = True
    rep, auditor = act("rep-a"), act("auditor")
    rep.upload(rep.ready())
    damage(world.database, CUT_OFF if world.database.dialect == "sqlite" else "{}")
    with world.database.write() as s:
        audit_id = s.scalars(select(Audit.id)).one()
        assert audits.give_to_person(s, audit_id) is not None
    [item] = auditor.get("/reviews").json()["items"]
    assert [each["code"] for each in item["reasons"]] == ["undecided_here"]
    told = auditor.get(f"/audits/{audit_id}").json()
    assert (told["decision"]["clauses"], told["decision"]["amount_range"]["high"]) == ([], None)
    for body in ACTIONS:
        is_problem(auditor.post(f"/reviews/{audit_id}", body), 409, "rules_unreadable")
    assert auditor.post(f"/reviews/{audit_id}", {"action": "refuse", "reason": "no display"}).status_code == 202
    assert paid(world) == 0


@pytest.mark.parametrize("part", ["type", "hitPolicy"])
def test_a_table_that_cannot_be_evaluated_pays_only_what_a_person_gives(
    world: World, act: Act, in_review: str, part: str
) -> None:
    """Clauses can be read: a person may give as much as the table gave for this photo when it could be evaluated."""
    spoilt = rules()
    node = next(each for each in spoilt["reward"]["nodes"] if each["type"] == "decisionTableNode")
    holder = node if part == "type" else node["content"]
    holder[part] = [holder[part]]
    with world.database.write() as s:
        s.scalars(select(TaskVersion)).one().rules = spoilt
    auditor = act("auditor")
    is_problem(auditor.post(f"/reviews/{in_review}", ACTIONS[0]), 422, "no_amount")
    corrected = auditor.post(f"/reviews/{in_review}", ACTIONS[2])
    assert (corrected.status_code, corrected.json()["outcome"]) == (202, "review"), corrected.text
    assert paid(world) == 0
    done = auditor.post(f"/reviews/{in_review}", ACTIONS[1])
    assert (done.status_code, done.json()["amount_fen"], paid(world)) == (202, 100, 1), done.text
