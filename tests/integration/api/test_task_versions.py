"""A task version that does not exist can be neither claimed, nor named, nor referred to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision
from crm.kernel.clock import utcnow
from crm.tasks.tables import TaskClaim, TaskVersion
from pipeline.rules.clauses import simple_reward, tiered_reward
from tests.integration.api.conftest import Actor
from tests.integration.api.test_bad_input import is_problem, nothing_stored
from tests.integration.api.world import REWARD_FEN, World, rules


def formula(amount: str) -> dict[str, Any]:
    """A reward whose only row gives what `amount` comes to."""
    reward = simple_reward(1)
    reward["nodes"][1]["content"]["rules"][0]["reward"] = amount
    return reward


def other(expression: str) -> list[dict[str, Any]]:
    """A second clause."""
    return [clause | {"code": "other"} for clause in rules(expression)["clauses"]]


Act = Callable[[str], Actor]
NOWHERE = "0" * 26


def claims(world: World) -> int:
    with world.database.read() as s:
        return s.scalar(select(func.count()).select_from(TaskClaim)) or 0


def test_a_task_without_a_version_or_not_yet_begun_cannot_be_claimed(world: World, act: Act) -> None:
    manager, rep = act("manager"), act("rep-a")
    now = utcnow()
    for code, starts_at in (("draft", now - timedelta(days=1)), ("early", now + timedelta(days=1))):
        body: dict[str, Any] = {"code": code, "name": {"en": code}, "starts_at": starts_at.isoformat()}
        task = manager.post("/tasks", body | {"ends_at": (now + timedelta(days=9)).isoformat()}).json()
        assert (task["state"], task["version"]) == ("draft", None)
        if code == "early":
            budget = manager.post(
                f"/tasks/{task['id']}/budget",
                {"amount_fen": REWARD_FEN},
                headers={"Idempotency-Key": "for-the-early-task"},
            )
            assert budget.json()["balance_fen"] == REWARD_FEN
            assert manager.post(f"/tasks/{task['id']}/versions", {"rules": rules()}).json()["number"] == 1
        problem = (404, "not_found") if code == "draft" else (409, "task_not_open")  # of a draft a rep does not know
        is_problem(rep.post(f"/tasks/{task['id']}/claims", {"outlet_id": world.outlet}), *problem)
    assert claims(world) == 0


def test_nobody_names_the_version_that_he_wants(world: World, act: Act) -> None:
    """A claim takes the one in force, a publication makes the next one, a photo has that of its claim."""
    manager, rep = act("manager"), act("rep-a")
    here, versions = {"outlet_id": world.outlet}, f"/tasks/{world.task}/versions"
    wrong = is_problem(rep.post(f"/tasks/{world.task}/claims", here | {"task_version_id": NOWHERE}), 422, "invalid")
    assert [fault["field"] for fault in wrong["errors"]] == ["body.task_version_id"]
    wrong = is_problem(manager.post(versions, {"rules": rules(), "number": 9}), 422, "invalid")
    assert [fault["field"] for fault in wrong["errors"]] == ["body.number"]
    is_problem(manager.get(f"{versions}/9"), 404, "not_found")
    assert claims(world) == 0
    fields = rep.ready() | {"task_version_id": NOWHERE}
    assert "task_version_id" in is_problem(rep.upload(fields), 422)["detail"]
    nothing_stored(world)
    assert manager.post(versions, {"rules": rules()}).json()["number"] == 2


def test_no_row_refers_to_a_version_that_is_not_there(world: World, act: Act) -> None:
    rep = act("rep-a")
    audit = rep.upload(rep.ready()).json()["audit_id"]
    for statement in (
        delete(TaskVersion),
        update(TaskClaim).values(task_version_id=NOWHERE),
        update(Audit).values(task_version_id=NOWHERE),
    ):
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"), world.database.write() as s:
            s.execute(statement)
    with world.database.read() as s:
        [decided] = s.scalars(select(Decision)).all()
    forged = {column.name: getattr(decided, column.name) for column in Decision.__table__.columns}
    forged |= {"id": "1" * 26, "no": decided.no + 1, "seq": decided.seq + 1, "task_version_id": NOWHERE}
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), world.database.write() as s:
        s.add(Decision(**forged))
    assert act("auditor").get(f"/audits/{audit}").json()["task"]["version"] == 1


def test_a_draft_is_funded_before_it_is_published(world: World, act: Act) -> None:
    """One fen less than one display may earn does not do; the fault is told in the caller's language."""
    manager, now = act("manager"), utcnow()
    body = {"code": "new", "name": {"en": "New"}, "starts_at": now.isoformat()}
    task = manager.post("/tasks", body | {"ends_at": (now + timedelta(days=9)).isoformat()}).json()["id"]
    versions, tiers = (
        f"/tasks/{task}/versions",
        rules() | {"reward": tiered_reward("facings.own", [(6, 200), (9, 350)])},
    )

    def fund(amount_fen: int) -> None:
        path, key = f"/tasks/{task}/budget", {"Idempotency-Key": f"funded-with-{amount_fen}"}
        assert manager.post(path, {"amount_fen": amount_fen}, headers=key).status_code == 200

    wrong = is_problem(manager.post(versions, {"rules": tiers}), 422, "invalid")
    [fault] = wrong["errors"]
    told = "budget: the task's budget holds ¥0.00 and one display may earn ¥3.50: fund the task first, lower the reward"
    assert fault["message"].startswith(told)
    chinese = is_problem(manager.post(versions, {"rules": tiers}, headers={"Accept-Language": "zh"}), 422, "invalid")
    assert chinese["errors"][0]["message"].startswith("budget：任务预算为 ¥0.00，而单个陈列最高可得 ¥3.50")
    fund(349)
    is_problem(manager.post(versions, {"rules": tiers}), 422, "invalid")
    assert manager.get(f"/tasks/{task}").json()["state"] == "draft"
    fund(1)
    assert manager.post(versions, {"rules": tiers}).status_code == 201
    is_problem(manager.post(versions, {"rules": rules() | {"reward": simple_reward(351)}}), 422, "invalid")


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (rules("share.own >= 40"), ["clauses[0].expression"]),
        (rules("cooler.purity in [80..100]"), ["clauses[0].expression", "clauses[0].expression"]),
        (rules("facings.total in [12..6]"), ["clauses[0].expression"]),
        (rules("facings.total in [1..1000000000]"), ["clauses[0].expression"]),
        (rules("cooler.present == true"), ["clauses[0].expression"]),
        ({"reward": tiered_reward("share.own", [(6, 200)])}, ["reward.rules[0].tier"]),
        ({"reward": tiered_reward("facings.own", [(4, 0)])}, ["reward.table"]),
        ({"reward": formula("facings.total * 1000000")}, ["reward.rules[0].reward"]),
        ({"reward": formula("facings.total * 10000")}, ["budget"]),
        (
            {"clauses": [*rules("share.own >= 40")["clauses"], *other("facings.own >= 0"), *other("rows.count > 50")]},
            ["clauses[0].expression", "clauses[1].expression", "clauses[2].code", "clauses[2].expression"],
        ),
        ({"clauses": [*rules("facings.own < 6")["clauses"], *other("facings.own >= 6")]}, ["clauses[0], clauses[1]"]),
    ],
)
def test_rules_that_decide_nothing_are_not_published(
    world: World, act: Act, change: dict[str, Any], fields: list[str]
) -> None:
    """Each fault is told, with where it stands and what to do, in the caller's language; the version in force stays."""
    manager, path = act("manager"), f"/tasks/{world.task}/versions"
    for language, mark in (("en", ": "), ("zh", "：")):
        faulty = manager.post(path, {"rules": rules() | change}, headers={"Accept-Language": language})
        told = [fault["message"] for fault in is_problem(faulty, 422, "invalid")["errors"]]
        assert sorted(message.split(mark)[0] for message in told) == fields
    assert manager.get(f"/tasks/{world.task}").json()["version"] == 1


def test_what_was_published_before_is_judged_as_before(world: World, act: Act) -> None:
    with world.database.write() as s:
        s.scalars(select(TaskVersion)).one().rules = rules("share.own >= 40")
    rep = act("rep-a")
    audit = rep.get(f"/audits/{rep.upload(rep.ready()).json()['audit_id']}").json()
    assert (audit["decision"]["outcome"], audit["decision"]["clauses"][0]["outcome"]) == ("refuse", "fail")
