"""Who sees what, and who may sign in."""

from datetime import timedelta

import pytest

from crm.access.scope import Scope
from crm.audits import service as audits
from crm.audits.photos import status
from crm.catalog import service as catalog
from crm.kernel.clock import utcnow
from crm.kernel.errors import Forbidden, Invalid, NotFound, Unauthenticated
from crm.outlets import service as outlets
from crm.people import service as people
from crm.seeding.world import seed_demo
from crm.tasks import service as tasks
from tests.integration.crm.world import BUDGET_FEN, COLA_BLOCK, PASSWORD, PASSWORDS, SPEC, World, jpeg


def outlet_codes(world: World, login: str) -> list[str]:
    with world.database.read(world.scope(login)) as s:
        return [outlet.code for outlet in outlets.list_outlets(s, world.scope(login)).items]


def test_outlets_by_dealer_and_brand(world: World) -> None:
    assert outlet_codes(world, "ann") == ["E1", "E2"]
    assert outlet_codes(world, "cem") == ["W1"]
    assert outlet_codes(world, "ada") == ["E1", "E2", "W1"]
    assert outlet_codes(world, "zoe") == ["N1"]
    assert outlet_codes(world, "root") == ["E1", "E2", "W1", "N1"]
    with world.database.read(world.scope("ann")) as s, pytest.raises(NotFound):
        outlets.get_outlet(s, world.scope("ann"), world.ids.outlets["W1"])


def test_pages_follow_one_another(world: World) -> None:
    scope = world.scope("root")
    with world.database.read(scope) as s:
        first = outlets.list_outlets(s, scope, limit=3)
        second = outlets.list_outlets(s, scope, first.next, limit=3)
        with pytest.raises(Invalid):
            outlets.list_outlets(s, scope, limit=0)
    assert ([o.code for o in first.items], [o.code for o in second.items]) == (["E1", "E2", "W1"], ["N1"])
    assert second.next is None


def test_a_reps_photos_and_audits_are_his_own(world: World) -> None:
    data = jpeg(1)
    photo = world.send(world.visit(), world.claim(), data)
    world.read(photo, data)
    world.decide(photo)
    for login in ("ann", "ada", "mia", "root"):
        with world.database.read(world.scope(login)) as s:
            assert status.get_photo(s, world.scope(login), photo.id).id == photo.id
            assert world.told(photo.audit_id, login).amount_fen == 200
    for login in ("ben", "zoe", "nil"):
        with world.database.read(world.scope(login)) as s:
            with pytest.raises(NotFound):
                status.get_photo(s, world.scope(login), photo.id)
            with pytest.raises(NotFound):
                audits.explain(s, world.scope(login), photo.audit_id)


def test_tasks_are_for_managers_to_make_and_are_checked(world: World) -> None:
    wrong = COLA_BLOCK.as_dict()
    wrong["clauses"][0]["expression"] = 'facings.sku["nothing"] >= 6'
    with pytest.raises(Invalid) as caught, world.database.write(world.scope("mia")) as s:
        tasks.publish_version(s, world.scope("mia"), world.ids.tasks["COLA"], wrong)
    assert caught.value.field == "rules"
    assert len(caught.value.details) == 1
    with pytest.raises(Forbidden), world.database.write(world.scope("ada")) as s:
        tasks.publish_version(s, world.scope("ada"), world.ids.tasks["COLA"], COLA_BLOCK.as_dict())
    with world.database.write(world.scope("mia")) as s:
        assert tasks.publish_version(s, world.scope("mia"), world.ids.tasks["COLA"], COLA_BLOCK.as_dict()).number == 2
    with world.database.read() as s:
        cards = tasks.list_tasks(s, world.scope("ann")).items
        assert [(card.task.code, card.version.number if card.version else 0) for card in cards] == [
            ("COLA", 2),
            ("SHARE", 1),
        ]
        assert [b.balance_fen for b in tasks.list_budgets(s, world.scope("mia")).items] == [BUDGET_FEN, 5000]


def test_the_catalogue_says_own_and_new(world: World) -> None:
    with world.database.read() as s:
        view = catalog.view(s, world.ids.brands["Lumo"], utcnow().date())
    assert (view.gallery, view.own, view.new) == ("demo", {"cola", "lime"}, set())
    assert set(view.names) == {"cola", "lime", "rival"}


def test_seeding_again_changes_nothing(world: World) -> None:
    assert seed_demo(world.database, SPEC, PASSWORDS) == world.ids
    assert world.budget_fen() == BUDGET_FEN


def test_sign_in_by_login(world: World) -> None:
    signed_in = people.authenticate(world.database, " Ann ", PASSWORD)
    assert signed_in.id == world.ids.users["ann"]
    assert signed_in.role == "rep"
    for login, password in (("ann", "wrong password"), ("nobody", PASSWORD)):
        with pytest.raises(Unauthenticated):
            people.authenticate(world.database, login, password)


def test_a_closed_user_is_out(world: World) -> None:
    with world.database.write() as s:
        s.get_one(people.User, world.ids.users["ann"]).active = False
    with pytest.raises(Unauthenticated):
        people.authenticate(world.database, "ann", PASSWORD)
    with world.database.read() as s, pytest.raises(Unauthenticated):
        people.current_user(s, world.ids.users["ann"])


def test_a_scope_says_what_it_lacks() -> None:
    for role, rest in (("rep", ("b", None)), ("auditor", (None, None)), ("king", ("b", "d"))):
        with pytest.raises(ValueError):
            Scope("u", role, *rest)  # type: ignore[arg-type]


def test_a_task_is_made_for_a_brand_that_exists(world: World) -> None:
    now, admin = utcnow(), world.scope("root")
    when = {"starts_at": now, "ends_at": now + timedelta(days=1)}
    for brand_id in ("nothing", str(world.scope("ann").dealer_id)):
        with pytest.raises(Invalid) as caught, world.database.write() as s:
            tasks.create_task(s, admin, code="T", name="T", brand_id=brand_id, **when)
        assert caught.value.field == "brand_id"
