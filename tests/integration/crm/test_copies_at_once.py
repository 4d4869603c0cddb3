"""Two copies sent at once from two outlets, with the transactions of both held open at each step: one goes to a person.

Each side has a thread of its own and its steps in their order. A step that waits for a lock of the other side is left
waiting, and the other side goes on.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text

from crm.audits import duplicates
from crm.audits import service as audits
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision, Resemblance
from crm.catalog.service import CatalogueView
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database
from crm.kernel.ids import new_id
from crm.tasks import service as tasks
from crm.tasks.tables import TaskClaim
from crm.workflows.fakes import FakeVision
from tests.integration.crm.world import LAT, World, jpeg

# On SQLite one writes at a time.
STEPS = {
    "postgresql": ("know", "known", "look", "keep", "kept"),
    "sqlite": ("know+known", "look", "keep+kept"),
}
DECIDING = {"postgresql": ("decide", "decided"), "sqlite": ("decide+decided",)}
SEEN = CatalogueView("demo", frozenset({"cola"}), frozenset(), {})
READING = FakeVision(lambda _: {"cola": (8, 8, 8), "rival": (2, 2, 2)}).read(jpeg(0), SEEN).reading
MONTHS, SEEDS = itertools.count(1), itertools.count()


class Side:
    """One photo on its way. Steps: `know` writes what it is known by, `known` commits; `look` reads; `keep` writes what
    was found, `kept` commits; `decide` writes, `decided` commits."""

    def __init__(self, database: Database, photo_id: str, audit_id: str, value: bytes) -> None:
        self._database, self._photo_id, self._audit_id, self._value = database, photo_id, audit_id, value
        self._thread = ThreadPoolExecutor(1)
        self._open = ExitStack()
        self._found: duplicates.Found | None = None
        self._done: list[Future[None]] = []
        self.decision: Decision | None = None

    def begin(self, step: str) -> Future[None]:
        self._done.append(self._thread.submit(self._take, step))
        return self._done[-1]

    def end(self) -> None:
        wait(self._done)
        self._thread.shutdown()
        for each in self._done:
            each.result()

    def _take(self, step: str) -> None:
        for each in step.split("+"):
            act: Callable[[], None] = getattr(self, f"_{each}", self._commit)
            act()

    def _writing(self) -> Any:
        return self._open.enter_context(self._database.write())

    def _commit(self) -> None:
        self._open.close()

    def _know(self) -> None:
        audits.record_reading(self._writing(), self._photo_id, READING, self._value)

    def _look(self) -> None:
        with self._database.read() as s:
            self._found = audits.look(s, self._photo_id)

    def _keep(self) -> None:
        s = self._writing()
        if self._found is not None:
            audits.keep(s, self._found)

    def _decide(self) -> None:
        self.decision = audits.decide_audit(self._writing(), self._audit_id)


def take(database: Database, sides: Sequence[Side], order: Sequence[int], steps: Sequence[str]) -> None:
    """The steps of both sides; `order` says whose is next."""
    left: list[Iterator[str]] = [iter(steps), iter(steps)]
    for number in order:
        begun = sides[number].begin(next(left[number]))
        while not wait([begun], timeout=0.002).done and not waiting(database):
            pass
    for side in sides:
        side.end()


def waiting(database: Database) -> bool:
    """Whether somebody waits for a lock. On SQLite nobody does: each transaction that writes is one step."""
    if database.dialect == "sqlite":
        return False
    locked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.read() as s:
        return bool(s.scalar(text(locked)))


def orders(steps: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Every way in which the steps of two sides follow one another, once both have written what they are known by:
    nobody sees that before it commits."""
    begun = (0, 1) if "know" in steps else ()
    left = 2 * len(steps) - len(begun)
    for own in itertools.combinations(range(left), left // 2):
        yield *begun, *(0 if place in own else 1 for place in range(left))


def sent(world: World) -> list[Photo]:
    """Two photos of two reps at two outlets, the earlier one first; neither is read."""
    reps = (("ann", "E1", LAT), ("ben", "E2", LAT + 0.05))
    return [
        world.send(world.visit(rep, outlet, lat), world.claim(rep, outlet=outlet), jpeg(next(SEEDS)), rep)
        for rep, outlet, lat in reps
    ]


def test_in_every_order_of_steps_one_of_two_copies_is_flagged(database: Database) -> None:
    first = sent(World(database))
    steps = STEPS[database.dialect]
    for order in orders(steps):
        ids, value = [new_id(), new_id()], os.urandom(32)
        with database.write() as s:
            for photo_id, like in zip(ids, first, strict=True):
                columns = {each.key: getattr(like, each.key) for each in Photo.__table__.columns}
                own = dict.fromkeys(("id", "idempotency_key", "sha256"), photo_id)
                s.execute(insert(Photo).values({**columns, **own}))
        sides = [Side(database, photo_id, like.audit_id, value) for photo_id, like in zip(ids, first, strict=True)]
        take(database, sides, order, steps)
        with database.read() as s:
            flagged = s.scalars(select(Resemblance.photo_id).where(Resemblance.photo_id.in_(ids))).all()
        looked, known = order_of(order, steps, "look"), order_of(order, steps, "know+known", "known")
        assert len(flagged) == 1, order
        if looked[1] > known[0]:  # the later one saw the earlier one
            assert flagged == [ids[1]], order


def order_of(order: Sequence[int], steps: Sequence[str], *names: str) -> list[int]:
    """When each side took the step."""
    [number] = [steps.index(name) for name in names if name in steps]
    return [[place for place, side in enumerate(order) if side == which][number] for which in (0, 1)]


@given(data=st.data())
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_no_order_of_steps_are_two_copies_paid(world: World, data: st.DataObject) -> None:
    steps = STEPS[world.database.dialect] + DECIDING[world.database.dialect]
    order = data.draw(st.permutations([0, 1] * len(steps)))
    with clock_in_use(lambda later=utcnow() + timedelta(days=32 * next(MONTHS)): later):  # a period for each order
        before = world.wallet_fen("ann") + world.wallet_fen("ben")
        value = os.urandom(32)
        photos = sent(world)
        sides = [Side(world.database, photo.id, photo.audit_id, value) for photo in photos]
        take(world.database, sides, order, steps)
        outcomes = [side.decision.outcome for side in sides if side.decision is not None]
        assert sorted(outcomes) == ["pass", "review"]
        assert world.wallet_fen("ann") + world.wallet_fen("ben") == before + 200
        with world.database.write() as s:
            for photo in photos:
                claim_id = s.get_one(Audit, photo.audit_id).claim_id
                s.get_one(TaskClaim, claim_id).state = "released"


@pytest.fixture
def world(database: Database) -> World:
    world = World(database)
    with database.write(world.scope("mia")) as s:
        tasks.fund_task(s, world.scope("mia"), world.ids.tasks["COLA"], 100_000, "more")
    return world
