"""A newly enrolled SKU over HTTP: what the reviewer is shown, what is ticked, and what nobody else sees."""

from collections.abc import Callable

import cv2
import numpy as np

from tests.integration.api.conftest import Actor
from tests.integration.api.trial import LIME, drawing, put_on_trial
from tests.integration.api.world import World

Act = Callable[[str], Actor]


def sent(act: Act, *colours: str) -> str:
    rep = act("rep-a")
    answer = rep.upload(rep.ready(), drawing(*colours))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["audit_id"])


def test_a_reviewer_ticks_front_by_front_and_only_then_decides(world: World, act: Act) -> None:
    put_on_trial(world)
    auditor, audit = act("auditor"), sent(act, "lime", "lime", "lime", "sister", "cola")
    told = auditor.get(f"/audits/{audit}").json()
    assert (told["decision"]["outcome"], told["decision"]["reasons"][0]["code"]) == ("review", "on_trial")
    [neutral, *_] = act("rep-a").get(f"/audits/{audit}").json()["decision"]["reasons"]
    assert (neutral["code"], neutral["en"]) == ("stopped", "A person looks at this display.")
    trial = told["trial"]
    assert (trial["codes"], trial["ticks"]) == ([LIME], None)
    assert (trial["shadow"]["outcome"], trial["shadow"]["amount_fen"]) == ("pass", 200)
    assert [each["asked"] for each in trial["fronts"]] == [True] * 4
    refused = auditor.post(f"/reviews/{audit}", {"action": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ticks_missing")

    crops = [auditor.get(each["crop"].removeprefix("/api/v1")) for each in trial["fronts"]]
    assert {(each.status_code, each.headers["content-type"]) for each in crops} == {(200, "image/jpeg")}
    assert all("private" in each.headers["cache-control"] for each in crops)
    pictures = [cv2.imdecode(np.frombuffer(each.content, np.uint8), cv2.IMREAD_COLOR) for each in crops]
    greens = [bool(picture[120, picture.shape[1] // 2, 2] < 60) for picture in pictures]  # of the sister 120 are red
    assert sorted(greens) == [False, True, True, True]

    places = [{name: each[name] for name in ("photo_id", "front")} for each in trial["fronts"]]
    limes = [place for place, green in zip(places, greens, strict=True) if green]
    sister = [place for place, green in zip(places, greens, strict=True) if not green]
    wrong = auditor.post(f"/reviews/{audit}/ticks", {"ticked": limes[:2], "sisters": sister})
    assert (wrong.status_code, wrong.json()["is_right"], wrong.json()["sisters"]) == (200, False, [LIME]), wrong.text
    refused = auditor.post(f"/reviews/{audit}", {"action": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ticks_against")
    right = auditor.post(f"/reviews/{audit}/ticks", {"ticked": limes, "sisters": sister})
    assert right.json()["is_right"]
    assert [each["ticked"] for each in auditor.get(f"/audits/{audit}").json()["trial"]["fronts"]].count("it") == 3
    paid = auditor.post(f"/reviews/{audit}", {"action": "approve"})
    assert (paid.status_code, paid.json()["amount_fen"]) == (202, 200), paid.text
    assert auditor.post(f"/reviews/{audit}/ticks", {"ticked": [], "sisters": []}).json()["code"] == "already_reviewed"


def test_nobody_else_sees_or_ticks(world: World, act: Act) -> None:
    put_on_trial(world)
    audit = sent(act, "lime", "lime", "lime")
    [front, *_] = act("auditor").get(f"/audits/{audit}").json()["trial"]["fronts"]
    crop, nothing = front["crop"].removeprefix("/api/v1"), {"ticked": [], "sisters": []}
    rep = act("rep-a")
    assert rep.get(f"/audits/{audit}").json()["trial"] is None
    for login, status in (("rep-a", 403), ("rep-b", 403), ("stranger", 403), ("other-auditor", 404)):
        assert act(login).get(crop).status_code == status, login
        assert act(login).post(f"/reviews/{audit}/ticks", nothing).status_code == status, login
    assert act("auditor").get(crop.replace(f"/{front['front']}.jpg", "/77.jpg")).status_code == 404
    strange = act("auditor").post(
        f"/reviews/{audit}/ticks", {"ticked": [{"photo_id": front["photo_id"], "front": 77}], "sisters": []}
    )
    assert (strange.status_code, strange.json()["code"]) == (422, "invalid")
    for lax in ({"ticked": [{"photo_id": front["photo_id"], "front": True}], "sisters": []}, {"ticked": []}):
        assert act("auditor").post(f"/reviews/{audit}/ticks", lax).status_code == 422


def test_a_sku_tells_where_its_trial_stands(world: World, act: Act) -> None:
    put_on_trial(world)
    audit = sent(act, "lime", "lime", "lime", "sister")
    auditor = act("auditor")
    told = auditor.get(f"/skus/{LIME}").json()
    assert [each["code"] for each in told["enrolment"]["warnings"]] == ["no_sister"]
    trial = told["trial"]
    assert (trial["state"], trial["displays"], trial["waiting"], trial["bound"]) == ("trial", 0, 1, 1.0)
    assert (trial["next_look"], trial["displays_missing"]) == ({"displays": 80, "wrong_max": 0}, 80)
    assert "80 with none wrong; 119 with 1 wrong; 153 with 2 wrong" in trial["told"]["en"]
    assert "姊妹" in trial["told"]["zh"]
    fronts = auditor.get(f"/audits/{audit}").json()["trial"]["fronts"]
    places = [{name: each[name] for name in ("photo_id", "front")} for each in fronts]
    auditor.post(f"/reviews/{audit}/ticks", {"ticked": places[1:], "sisters": places[:1]})
    trial = auditor.get(f"/skus/{LIME}").json()["trial"]
    assert (trial["displays"], trial["wrong"], trial["with_sister"], trial["waiting"]) == (1, 0, 1, 0)
    assert (trial["displays_missing"], trial["with_sister_missing"], trial["changes"]) == (79, 19, [])
    listed = {each["code"]: each["trial"] and each["trial"]["state"] for each in auditor.get("/skus").json()["items"]}
    assert listed == {"cola-330": None, "other-330": None, LIME: "trial"}
    assert act("rep-a").get(f"/skus/{LIME}").json()["trial"] is None
    assert act("other-auditor").get(f"/skus/{LIME}").status_code == 404
    assert act("admin").get(f"/skus/{LIME}?brand_id={world.brand}").json()["trial"]["displays"] == 1
