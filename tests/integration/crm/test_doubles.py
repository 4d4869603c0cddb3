"""What comes twice at once is there once: on PostgreSQL the second looks before the first has committed.

Check-ins and claims: `test_visits`; decisions and awards: `test_deciding` and the ledger's tests."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.audits import service as audits
from crm.audits.photos import receiving
from crm.audits.photos.examining import examine
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import PendingReview, Proposal
from crm.catalog import enrolling
from crm.catalog import service as catalog
from crm.catalog.enrolling import SkuSpec
from crm.catalog.service import ProductSpec
from crm.catalog.tables import Enrolment, Product
from crm.importing import Tally
from crm.kernel.db import WriteSession
from crm.kernel.errors import CrmError
from crm.ledger import service as ledger
from crm.ledger.tables import Account, Entry
from crm.outlets import service as outlets
from crm.outlets.tables import Outlet
from crm.rescoring import service as rescoring
from crm.rescoring.tables import Rescore
from crm.stops import service as stops
from crm.stops.tables import Stop, StopOpening
from crm.storing.service import keep
from crm.tasks import service as tasks
from crm.tasks.tables import Task, TaskVersion
from crm.workflows.fakes import FakeVision
from tests.integration.crm.test_reviewing import in_review
from tests.integration.crm.test_seconding import MUCH
from tests.integration.crm.world import COLA_BLOCK, END, LAT, LON, START, World, jpeg

Act = Callable[[WriteSession], Any]


def twice(world: World, act: Act) -> list[str]:
    """What both got, the id of a row or the code of an error."""
    told: list[str] = []

    def once() -> None:
        try:
            with world.database.write() as s:
                told.append(act(s).id)
        except CrmError as error:
            told.append(error.code)

    second = threading.Thread(target=once)
    with world.database.write() as s:
        told.append(act(s).id)
        second.start()
        time.sleep(0.3)  # it has looked, or waits for this transaction
    second.join()
    return told


def count(world: World, table: Any) -> int:
    with world.database.read() as s:
        return s.scalar(select(func.count()).select_from(table)) or 0


def rep(world: World, key: str, seed: int) -> Act:
    visit, claim, scope, photo = world.visit(), world.claim(), world.scope("ann"), examine(jpeg(seed))
    keep(world.database, world.store, jpeg(seed))
    return lambda s: receiving.receive_photo(
        s, scope, visit_id=visit, claim_id=claim, examined=photo, idempotency_key=key, photos_expected=2
    )


def manager(world: World, what: str) -> Act:
    scope, task = world.scope("mia"), world.ids.tasks["COLA"]
    with world.database.read() as s:
        dealer = s.scalars(select(Outlet.dealer_id).where(Outlet.code == "E1")).one()
    return {
        "outlet": lambda s: outlets.create_outlet(s, scope, dealer_id=dealer, code="E9", name="New", lat=LAT, lon=LON),
        "task": lambda s: tasks.create_task(s, scope, code="NEW", name="New", starts_at=START, ends_at=END),
        "budget": lambda s: tasks.fund_task(s, scope, task, 500, "one").task,
        "stop": lambda s: stops.stop(s, scope, "task", task, "looks wrong"),
    }[what]


@pytest.mark.parametrize(
    ("what", "table", "second"),
    [
        ("outlet", Outlet, {"taken", "IntegrityError"}),
        ("task", Task, {"taken", "IntegrityError"}),
        ("budget", Entry, {"the first"}),
        ("stop", Stop, {"the first"}),
    ],
)
def test_what_a_manager_makes(world: World, what: str, table: Any, second: set[str]) -> None:
    before, act = count(world, table), manager(world, what)

    def told(s: WriteSession) -> Any:
        try:
            return act(s)
        except Exception as error:
            raise error if isinstance(error, CrmError) else CrmError("", "", code=type(error).__name__) from error

    first, other = twice(world, told)
    assert count(world, table) == before + 1
    assert ("the first" if other == first else other) in second


def test_a_photo_with_one_key(world: World) -> None:
    first, second = twice(world, rep(world, "one key", 1))
    assert second in (first, "in_progress")
    assert (count(world, Photo), count(world, Audit)) == (1, 1)


def test_two_photos_of_one_display(world: World) -> None:
    acts = [rep(world, "one", 1), rep(world, "another", 2)]
    first, second = twice(world, lambda s: acts.pop(0)(s))
    assert first != second
    assert (count(world, Photo), count(world, Audit)) == (2, 1)


def test_a_version_has_a_number_of_its_own(world: World) -> None:
    scope, task = world.scope("mia"), world.ids.tasks["COLA"]
    twice(world, lambda s: tasks.publish_version(s, scope, task, COLA_BLOCK.as_dict()))
    with world.database.read() as s:
        numbers = s.scalars(select(TaskVersion.number).where(TaskVersion.task_id == task)).all()
    assert sorted(numbers) == [1, 2, 3]


def test_a_stop_is_opened_once(world: World) -> None:
    with world.database.write(world.scope("mia")) as s:
        stop = stops.stop(s, world.scope("mia"), "task", world.ids.tasks["COLA"], "looks wrong").id
    twice(world, lambda s: stops.open_again(s, world.scope("mia"), stop, "was right"))
    assert count(world, StopOpening) == 1


def test_an_account_is_opened_once(world: World) -> None:
    before = count(world, Account)
    first, second = twice(world, lambda s: ledger.open_account(s, "wallet", "somebody"))
    assert (first, count(world, Account)) == (second, before + 1)


def test_a_product_stands_once_in_a_catalogue(world: World) -> None:
    brand, scope = world.ids.brands["Lumo"], world.scope("mia")

    def put(s: WriteSession) -> Product:
        catalog.put_catalogue(s, scope, brand, None, [ProductSpec("new", "New", True)])
        return s.scalars(select(Product).where(Product.brand_id == brand, Product.code == "new")).one()

    first, second = twice(world, put)
    assert first == second


@pytest.mark.parametrize("what", ["outlets", "products"])
def test_of_two_imports_of_one_table_one_waits(world: World, what: str) -> None:
    brand, scope, told = world.ids.brands["Lumo"], world.scope("mia"), list[Tally]()
    with world.database.read() as s:
        dealer = s.scalars(select(Outlet.dealer_id).where(Outlet.code == "E1")).one()
    outlet = {"code": "E9", "name": "New", "lat": LAT, "lon": LON, "dealer_id": dealer}

    def put(s: WriteSession) -> Any:
        if what == "outlets":
            told.append(outlets.import_outlets(s, scope, brand, [outlet]))
        else:
            told.append(catalog.import_products(s, scope, brand, None, [{"code": "E9", "name": "New", "own": True}]))
        table: Any = Outlet if what == "outlets" else Product
        return s.scalars(select(table).where(table.code == "E9")).one()

    first, second = twice(world, put)
    assert first == second
    assert told == [Tally(made=1), Tally(unchanged=1)]


@pytest.mark.parametrize("how", ["kept", "proposed"])
def test_one_decision_of_two_persons_is_kept_or_proposed(world: World, how: str) -> None:
    audit_id, people = in_review(world).audit_id, ["ada", "mia"]

    def act(s: WriteSession) -> Any:
        scope = world.scope(people.pop(0))
        if how == "proposed":
            return audits.propose_review(s, scope, audit_id, MUCH)
        return audits.lay(s, scope, audit_id, audits.Asked("refuse", "not this shelf")).pending

    _, second = twice(world, act)
    assert second == ("proposed_already" if how == "proposed" else "already_reviewed")
    assert count(world, Proposal if how == "proposed" else PendingReview) == 1


def test_a_sku_is_enrolled_once_and_rescored_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scope, spec = world.scope("mia"), SkuSpec("can", "Lumo Can", brand="Lumo")
    pictures = [jpeg(seed) for seed in range(3)]
    met, vision = threading.Barrier(2), FakeVision(lambda _: {})

    def enroll() -> None:
        enrolling.enroll(world.database, world.store, Examiner(), scope, spec, pictures)

    class Examiner(FakeVision):
        def __init__(self) -> None:
            super().__init__(lambda _: {})

        def examine(self, *asked: Any) -> Any:
            met.wait(10)  # both have looked, and neither has recorded
            return vision.examine(*asked)

    both = [threading.Thread(target=enroll) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert count(world, Enrolment) == 1
    first, second = twice(world, lambda s: rescoring.order(s, scope, "can", 7))
    assert (first, count(world, Rescore)) == (second, 1)
