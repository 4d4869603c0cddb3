"""The photo that another one resembles is told to whoever may see it."""

from collections.abc import Callable

from tests.integration.api.conftest import Actor
from tests.integration.api.world import World, photo_bytes


def test_the_auditor_gets_both_pictures_and_the_rep_only_his_own(world: World, act: Callable[[str], Actor]) -> None:
    data = photo_bytes()
    first, second = (act(login).upload(act(login).ready(), data).json() for login in ("rep-a", "rep-b"))
    told = act("auditor").get(f"/audits/{second['audit_id']}").json()
    [found] = told["resembles"]
    assert found["picture"] == f"/api/v1/photos/{first['photo_id']}/picture.jpg"
    assert (found["photo_id"], found["audit_id"]) == (second["photo_id"], first["audit_id"])
    assert (found["code"], found["outlet"]["name"]["zh"]) == ("exact_duplicate", "街角小店")
    pictures = f"/photos/{first['photo_id']}/picture.jpg", f"/photos/{second['photo_id']}/picture.jpg"
    assert [act("auditor").get(path).status_code for path in pictures] == [200, 200]

    mine = act("rep-b").get(f"/audits/{second['audit_id']}")
    assert mine.json()["resembles"] == []
    assert mine.json()["decision"]["flags"][0]["code"] == "exact_duplicate"
    assert first["photo_id"] not in mine.text
    assert first["audit_id"] not in mine.text
    assert [act("rep-b").get(path).status_code for path in pictures] == [404, 200]
