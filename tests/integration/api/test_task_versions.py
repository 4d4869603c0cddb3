"""A task version that does not exist can be neither claimed, nor named, nor referred to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from crm.audits.tables import Decision
from crm.db import utcnow
from crm.tasks.tables import Claim, TaskVersion
from crm.visits.tables import Audit
from tests.integration.api.conftest import Actor
from tests.integration.api.test_bad_input import is_problem, nothing_stored
from tests.integration.api.world import World, rules

Act = Callable[[str], Actor]
NOWHERE = "0" * 26


def claims(world: World) -> int:
    with world.database.read() as s:
        return s.scalar(select(func.count()).select_from(Claim)) or 0


def test_a_task_without_a_version_or_not_yet_begun_cannot_be_claimed(world: World, act: Act) -> None:
    manager, rep = act("manager"), act("rep-a")
    now = utcnow()
    for code, starts_at in (("draft", now - timedelta(days=1)), ("early", now + timedelta(days=1))):
        body: dict[str, Any] = {"code": code, "name": code, "starts_at": starts_at.isoformat()}
        task = manager.post("/tasks", body | {"ends_at": (now + timedelta(days=9)).isoformat()}).json()
        assert (task["state"], task["version"]) == ("draft", None)
        if code == "early":
            assert manager.post(f"/tasks/{task['id']}/versions", {"rules": rules()}).json()["number"] == 1
        is_problem(rep.post(f"/tasks/{task['id']}/claims", {"outlet_id": world.outlet}), 409, "task_not_open")
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
        update(Claim).values(task_version_id=NOWHERE),
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
