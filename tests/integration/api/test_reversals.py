"""Flags dismissed by name, numbers given twice, a second person, and awards taken back, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from crm.people.tables import User
from tests.integration.api.conftest import Actor
from tests.integration.api.test_bad_input import is_problem
from tests.integration.api.world import REWARD_FEN, World

Act = Callable[[str], Actor]
DUPLICATE = {"code": "near_duplicate", "en": "A photo nearly equal to this was sent before.", "zh": "之前上传过"}


def paid(act: Act, display: str = "1") -> str:
    rep = act("rep-a")
    audit_id: str = rep.upload(rep.ready() | {"display": display}, key=f"upload-{display}").json()["audit_id"]
    assert rep.get(f"/audits/{audit_id}").json()["decision"]["paid"] is True
    return audit_id


@pytest.fixture
def in_review(world: World, act: Act) -> str:
    """The id of an audit that waits for an auditor."""
    world.workflows.own = {"low": 4, "best": 6, "high": 7}
    rep = act("rep-a")
    audit_id: str = rep.upload(rep.ready()).json()["audit_id"]
    return audit_id


def test_a_flag_of_the_whole_photo_is_dismissed_by_name(world: World, act: Act) -> None:
    world.workflows.flags = [DUPLICATE]
    rep, auditor = act("rep-a"), act("auditor")
    audit_id = rep.upload(rep.ready()).json()["audit_id"]
    [flag] = auditor.get(f"/audits/{audit_id}").json()["to_dismiss"]
    assert (flag["code"], flag["zh"]) == ("near_duplicate", "之前上传过")
    body = {"action": "correct", "reason": "counted", "facts": {"facings.own": 6}}
    assert auditor.post(f"/reviews/{audit_id}", body).json()["outcome"] == "review"
    stands = is_problem(auditor.post(f"/reviews/{audit_id}", {"action": "approve"}), 409, "flags_stand")
    assert (stands["flags"], DUPLICATE["en"] in stands["detail"]) == (["near_duplicate"], True)
    assert rep.get("/wallet").json() == {"balance_fen": 0}
    for wrong in ({"near_duplicate": ""}, {"nothing": "x"}):
        is_problem(auditor.post(f"/reviews/{audit_id}", {"action": "approve", "dismissals": wrong}), 422, "invalid")
    seen = {"near_duplicate": "another cooler of the same kind"}
    done = auditor.post(f"/reviews/{audit_id}", {"action": "approve", "dismissals": seen})
    assert (done.status_code, done.json()["amount_fen"]) == (202, REWARD_FEN), done.text
    [kept] = rep.get(f"/audits/{audit_id}").json()["dismissals"]
    assert (kept["flag"]["code"], kept["reason"], kept["by"]) == ("near_duplicate", None, None)


def test_200_on_a_shelf_of_few_is_asked_for_again(world: World, act: Act, in_review: str) -> None:
    auditor = act("auditor")
    body: dict[str, Any] = {"action": "correct", "reason": "counted", "facts": {"facings.own": 200}}
    told = is_problem(auditor.post(f"/reviews/{in_review}", body), 409, "numbers_beyond_boxes")
    assert told["bounds"] == {"facings.own": 8}
    assert "200" in told["detail"]
    chinese = auditor.post(f"/reviews/{in_review}", body, headers={"Accept-Language": "zh"})
    assert "方框" in chinese.json()["detail"]
    other = auditor.post(f"/reviews/{in_review}", body | {"confirm": {"facings.own": 20}})
    is_problem(other, 409, "numbers_beyond_boxes")
    assert act("rep-a").get("/wallet").json() == {"balance_fen": 0}
    done = auditor.post(f"/reviews/{in_review}", body | {"confirm": {"facings.own": 200}})
    assert (done.status_code, done.json()["amount_fen"]) == (202, REWARD_FEN)


def test_200_yuan_on_a_task_of_2_is_paid_by_two_persons(world: World, act: Act, in_review: str) -> None:
    auditor, manager, rep = act("auditor"), act("manager"), act("rep-a")
    body = {"action": "approve", "amount_fen": 20_000}
    is_problem(auditor.post(f"/reviews/{in_review}", body), 422, "invalid")  # without a reason
    body |= {"reason": "a special display"}
    told = is_problem(auditor.post(f"/reviews/{in_review}", body), 409, "second_person_needed")
    assert (told["amount_fen"], told["greatest_fen"]) == (20_000, REWARD_FEN)
    made = auditor.post(f"/reviews/{in_review}/proposal", body)
    assert (made.status_code, made.json()["amount_fen"]) == (201, 20_000), made.text
    proposal = f"/proposals/{made.json()['id']}"
    is_problem(auditor.post(f"{proposal}/confirmation"), 403, "forbidden")
    is_problem(act("other-auditor").post(f"{proposal}/confirmation"), 404, "not_found")
    is_problem(rep.post(f"{proposal}/confirmation"), 403, "forbidden")
    assert rep.get("/wallet").json() == {"balance_fen": 0}
    [listed] = manager.get("/proposals").json()["items"]
    assert (listed["audit_id"], listed["mine"], listed["outlet"]["name"]["en"]) == (in_review, False, "Corner shop")
    assert auditor.get("/proposals").json()["items"][0]["mine"] is True
    assert act("other-auditor").get("/proposals").json()["items"] == []
    done = manager.post(f"{proposal}/confirmation")
    assert (done.status_code, done.json()["amount_fen"]) == (200, 20_000), done.text
    assert rep.get("/wallet").json() == {"balance_fen": 20_000}
    assert manager.get("/proposals").json()["items"] == []
    is_problem(manager.post(f"{proposal}/refusal", {"reason": "late"}), 409, "proposal_over")
    [kept] = auditor.get(f"/audits/{in_review}").json()["proposals"]
    assert (kept["state"], kept["by"], kept["answered_by"]) == ("confirmed", "Auditor", "Manager")
    is_problem(manager.post(f"/audits/{in_review}/reversal", {"reason": "none"}), 409, "second_person_needed")
    large = manager.post(f"/audits/{in_review}/reversal/proposal", {"reason": "never stood there"})
    assert (large.status_code, large.json()["kind"]) == (201, "reversal")
    undone = act("admin").post(f"/proposals/{large.json()['id']}/confirmation")
    assert (undone.status_code, undone.json()["kind"]) == (200, "reverse")
    assert rep.get("/wallet").json() == {"balance_fen": 0}


def test_a_proposal_is_declined(act: Act, in_review: str) -> None:
    auditor, manager = act("auditor"), act("manager")
    body = {"action": "approve", "amount_fen": 20_000, "reason": "a special display"}
    proposal = f"/proposals/{auditor.post(f'/reviews/{in_review}/proposal', body).json()['id']}"
    is_problem(auditor.post(f"/reviews/{in_review}/proposal", body), 409, "proposed_already")
    is_problem(manager.post(f"{proposal}/refusal", {"reason": " "}), 422, "invalid")
    assert manager.post(f"{proposal}/refusal", {"reason": "one display, not ten"}).status_code == 204
    is_problem(manager.post(f"{proposal}/confirmation"), 409, "proposal_over")
    [kept] = auditor.get(f"/audits/{in_review}").json()["proposals"]
    assert (kept["state"], kept["answer_reason"]) == ("declined", "one display, not ten")


def test_an_award_is_taken_back_shown_and_paid_again_by_a_person(world: World, act: Act) -> None:
    audit_id = paid(act)
    rep, auditor, manager = act("rep-a"), act("auditor"), act("manager")
    path, why = f"/audits/{audit_id}/reversal", {"reason": "the shop next door"}
    for login, status in (("rep-a", 403), ("auditor", 403), ("other-auditor", 403)):
        assert act(login).post(path, why).status_code == status, login
    is_problem(manager.post(path, {"reason": ""}), 422, "invalid")
    assert manager.get(f"/audits/{audit_id}").json()["may"] == ["reverse"]
    done = manager.post(path, why)
    assert (done.status_code, done.json()["kind"], done.json()["outcome"]) == (200, "reverse", "refuse"), done.text
    is_problem(manager.post(path, why), 409, "nothing_to_reverse")
    assert rep.get("/wallet").json() == {"balance_fen": 0}
    line, award = rep.get("/wallet/statement").json()["items"]
    source = {"kind": "audit", "id": audit_id}
    assert (line["amount_fen"], line["kind"], line["source"]) == (-REWARD_FEN, "reversal", source)
    assert (line["reason"], award["reason"], award["source"]) == (why["reason"], "", source)
    assert line["task"] == award["task"]
    assert line["outlet"]["name"]["en"] == "Corner shop"
    told = rep.get(f"/audits/{audit_id}").json()
    assert [each["kind"] for each in told["history"]] == ["automatic", "reverse"]
    [listed] = manager.get("/audits?state=decided").json()["items"]
    assert (listed["id"], listed["task"]["name"]["en"], listed["outlet"]["name"]["en"]) == (
        audit_id,
        "Cola display",
        "Corner shop",
    )
    assert manager.get("/audits?state=in_review").json()["items"] == []
    assert manager.get("/audits?state=nonsense").status_code == 422

    is_problem(auditor.post(f"/reviews/{audit_id}", {"action": "approve"}), 409, "already_reviewed")
    assert auditor.post(f"/audits/{audit_id}/reopening", {"reason": "a receipt"}).json()["outcome"] == "review"
    assert [each["audit_id"] for each in auditor.get("/reviews").json()["items"]] == [audit_id]
    assert auditor.post(f"/reviews/{audit_id}", {"action": "approve"}).json()["amount_fen"] == REWARD_FEN
    assert rep.get("/wallet").json() == {"balance_fen": REWARD_FEN}
    is_problem(auditor.post(f"/audits/{audit_id}/reopening", why), 409, "not_reversed")


def test_a_manager_of_another_brand_takes_nothing_back(world: World, act: Act) -> None:
    audit_id = paid(act)
    with world.database.write() as s:
        s.get_one(User, world.users["other-auditor"]).role = "manager"
    is_problem(act("other-auditor").post(f"/audits/{audit_id}/reversal", {"reason": "mine"}), 404, "not_found")
    assert act("rep-a").get("/wallet").json() == {"balance_fen": REWARD_FEN}
