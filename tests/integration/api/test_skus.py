"""New SKUs through the API: who may, what is refused and how it is told, and that again is the same."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.access.scope import Scope
from crm.catalog import enrolling
from crm.catalog import service as catalog
from crm.catalog.enrolling import EnrolledSkus, SkuSpec
from crm.catalog.service import ProductSpec
from crm.catalog.tables import Catalogue, Enrolment, Product
from crm.people.memberships import memberships
from crm.people.tables import Organisation
from crm.rescoring.tables import Rescore
from crm.workflows.fakes import FakeVision
from models.gallery import NO_SKUS
from tests.integration.api.conftest import Actor
from tests.integration.api.world import World, photo_bytes
from tests.open_database import OpenDatabase

Act = Callable[[str], Actor]
PICTURES = [photo_bytes(90, 160, seed) for seed in (11, 12, 13, 14)]


def enrol(actor: Actor, pictures: list[bytes] | None = None, **fields: str) -> Any:
    form = {"code": "lime-330", "name": "Lime can", "name_zh": "青柠罐装"} | fields
    files = [("file", (f"{i}.jpg", data, "image/jpeg")) for i, data in enumerate(pictures or PICTURES[:3])]
    return actor.post("/skus", data={name: value for name, value in form.items() if value}, files=files)


def count(world: World, table: Any) -> int:
    with world.database.read() as s:
        return s.scalar(select(func.count()).select_from(table)) or 0


def test_the_same_again_is_the_same_answer_and_other_pictures_replace(world: World, act: Act) -> None:
    manager = act("manager")
    first, again = enrol(manager, new="true"), enrol(manager, new="true")
    assert first.status_code == again.status_code == 201, first.text
    assert again.json() == first.json()
    made = first.json()
    assert (made["name"]["zh"], made["own"], made["launched_on"] is not None) == ("青柠罐装", True, True)
    assert [len(made["enrolment"]["pictures"]), made["enrolment"]["number"]] == [3, 1]
    assert all(world.store.get(each["sha256"]) in PICTURES for each in made["enrolment"]["pictures"])
    more = enrol(manager, PICTURES)
    assert (more.json()["enrolment"]["number"], len(more.json()["enrolment"]["pictures"])) == (2, 4)
    assert more.json()["launched_on"] == made["launched_on"]  # not said to be new this time: stays launched
    assert (count(world, Enrolment), count(world, Product)) == (2, 3)
    rival = enrol(manager, PICTURES, competitor="true")
    assert (rival.json()["own"], rival.json()["enrolment"]["number"]) == (False, 3)
    items = manager.get("/skus").json()["items"]
    assert [(each["code"], each["enrolment"] and each["enrolment"]["number"]) for each in items] == [
        ("cola-330", None), ("other-330", None), ("lime-330", 3),
    ]  # fmt: skip
    skus = EnrolledSkus(world.database, world.store)
    assert [(sku.code, sku.own) for number in (1, 3) for sku in skus.of(world.brand, number)] == [
        ("lime-330", True), ("lime-330", False),
    ]  # fmt: skip


def test_it_is_for_managers_of_the_brand(world: World, act: Act) -> None:
    for login, status in (("rep-a", 403), ("auditor", 403), ("other-auditor", 403), ("admin", 422)):
        assert enrol(act(login)).status_code == status, login
    foreign = enrol(act("manager"), brand_id="another")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert enrol(act("admin"), brand_id=world.brand).status_code == 201
    assert count(world, Enrolment) == 1
    assert act("other-auditor").get("/skus").json()["items"] == []
    assert [each["code"] for each in act("rep-a").get("/skus").json()["items"]][-1] == "lime-330"


def test_a_brand_gets_its_catalogue_with_its_first_sku(world: World, act: Act) -> None:
    with world.database.write() as s:
        other = s.scalars(
            select(Organisation.id).where(Organisation.kind == "brand", Organisation.id != world.brand)
        ).one()
        assert s.get(Catalogue, other) is None
    assert enrol(act("admin"), brand_id=other).status_code == 201
    with world.database.read() as s:
        assert s.scalar(select(Catalogue.gallery).where(Catalogue.brand_id == other)) == NO_SKUS
    refused = enrol(act("admin"), brand_id="no-such-brand")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("pictures", "fields", "status", "told"),
    [
        (None, {"code": ""}, 422, "code: Field required"),
        (None, {"name": ""}, 422, "name: Field required"),
        (None, {"code": 'a"]'}, 422, "letters, digits"),
        (None, {"code": "unknown"}, 422, "letters, digits"),
        (None, {"new": "yes"}, 422, "new product: Input should be 'true' or 'false'"),
        (None, {"colour": "red"}, 422, "colour: Extra inputs are not permitted"),
        ([b"no picture"], {}, 415, "picture 1"),
        ([b"no picture", PICTURES[0], b""], {}, 422, "picture 3"),
        ([photo_bytes(90, 160, seed) for seed in range(11)], {}, 400, "Too many files"),
    ],
)
def test_what_cannot_be_is_told(
    world: World, act: Act, pictures: list[bytes] | None, fields: dict[str, str], status: int, told: str
) -> None:
    refused = enrol(act("manager"), pictures, **fields)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json"), refused.text
    assert told in refused.text
    assert count(world, Enrolment) == 0


def test_pictures_may_be_larger_than_other_bodies_but_not_without_bound(world: World, act: Act) -> None:
    large = [data + bytes(500_000) for data in PICTURES]  # bytes after the end of a picture are no fault
    assert enrol(act("manager"), large).status_code == 201
    huge = enrol(act("manager"), [PICTURES[0] + bytes(14_000_000 + n) for n in range(5)])
    assert (huge.status_code, huge.json()["code"]) == (413, "body_too_large")
    one = enrol(act("manager"), [PICTURES[0] + bytes(15_000_000)])
    assert (one.status_code, one.json()["code"]) == (413, "too_large")


def test_a_rescoring_is_ordered_once_and_seen_by_the_brand_alone(world: World, act: Act) -> None:
    manager = act("manager")
    assert manager.post("/skus/lime-330/rescore?days=7").status_code == 404
    refused = manager.post("/skus/cola-330/rescore?days=7")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_enrolled")
    rep = act("rep-a")
    rep.upload(rep.ready())
    assert enrol(manager).status_code == 201
    rep.upload(rep.ready() | {"display": "2"}, key="upload-2")  # read with the new SKU already
    first, again = (manager.post("/skus/lime-330/rescore?days=7") for _ in range(2))
    assert first.status_code == 202, first.text
    assert (first.json()["state"], first.json()["photos"], first.json()["read"]) == ("running", 1, 0)
    assert again.json() == first.json()
    assert count(world, Rescore) == 1
    link = first.json()["links"]["self"].removeprefix("/api/v1")
    for login, status in (("auditor", 200), ("admin", 200), ("rep-a", 403), ("other-auditor", 404)):
        for path in (link, f"{link}/placements"):
            assert act(login).get(path).status_code == status, (login, path)
    for days in ("0", "401", "x"):
        assert manager.post(f"/skus/lime-330/rescore?days={days}").status_code == 422
    assert act("auditor").post("/skus/lime-330/rescore?days=7").status_code == 403
    assert act("admin").post("/skus/lime-330/rescore?days=7").status_code == 422
    assert act("admin").post(f"/skus/lime-330/rescore?days=7&brand_id={world.brand}").status_code == 202


def test_enrolments_at_once_get_numbers_of_their_own(world: World) -> None:
    scope, failed = Scope(world.users["manager"], "manager", world.brand), list[BaseException]()

    def run(number: int) -> None:
        another = OpenDatabase(world.database.url.render_as_string(hide_password=False))
        try:
            spec = SkuSpec(f"new-{number % 4}", f"New {number}")
            vision = FakeVision(lambda _: {})
            enrolling.enroll(another, world.store, vision, scope, spec, PICTURES[: 3 + number % 2])
        except BaseException as error:
            failed.append(error)
        finally:
            another.dispose()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with world.database.read() as s:
        assert s.scalars(select(Enrolment.number).order_by(Enrolment.number)).all() == list(range(1, 9))
        assert s.scalar(select(Catalogue.enrolled).where(Catalogue.brand_id == world.brand)) == 8
        assert len(s.scalars(select(Product.code).where(Product.code.like("new-%"))).all()) == 4
    assert len(EnrolledSkus(world.database, world.store).of(world.brand, 8)) == 4


def test_the_gallery_of_one_brand_holds_nothing_of_another(world: World, act: Act) -> None:
    with world.database.write() as s:
        other = s.scalars(select(Catalogue)).one()
        [stranger] = memberships(s, [world.users["other-auditor"]])
        catalog.put_catalogue(s, Scope("", "admin"), stranger.brand_id, other.gallery, [ProductSpec("x", "X", True)])
    assert enrol(act("manager")).status_code == 201
    skus = EnrolledSkus(world.database, world.store)
    assert [sku.code for sku in skus.of(world.brand, 1)] == ["lime-330"]
    assert skus.of(stranger.brand_id, 1) == []
    refused = act("admin").post(f"/skus/lime-330/rescore?days=7&brand_id={stranger.brand_id}")
    assert refused.status_code == 404
