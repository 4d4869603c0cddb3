"""A clock that was ahead and is put right: nothing waits until the wrong times have passed, and nothing is held for
longer. On PostgreSQL machines meet by the clock of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.audits import service as audits
from crm.audits.photos import closing
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import PendingReview
from crm.audits.unread import unsettled_audits, waiting_photos
from crm.kernel.business_time import business_day
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database, now_of
from crm.kernel.errors import Locked, Unauthenticated
from crm.kernel.photo_store import open_store
from crm.ledger.checks import latest_check, record_check
from crm.people import service as people
from crm.people import tries
from crm.tasks import service as tasks
from crm.tasks.ahead import claims_ahead
from crm.workflows import readiness, redraw, steps
from crm.workflows.begun import Attempts, another_read
from crm.workflows.readiness import FAILING_MAX
from crm.workflows.redraw import due_draws
from crm.workflows.tables import PhotoFailure, WorkerBeat
from crm.workflows.upkeep import Timing, beat, living_workers
from tests.integration.crm.test_reviewing import UNSURE
from tests.integration.crm.world import LAT, LON, PASSWORD, World, jpeg
from tests.integration.workflows.test_failures import (
    HASTE,
    Vision,
    _hashed_once,
    decisions,
    drawn,
    sweep,
    until,
    working,
)

AHEAD = timedelta(hours=5)


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database, open_store("memory:"))


@contextmanager
def clock_ahead(by: timedelta = AHEAD) -> Iterator[None]:
    """The clock stands some hours ahead."""
    ahead = utcnow() + by
    with clock_in_use(lambda: ahead):
        yield


def send(world: World, seed: int, outlet: str = "E1") -> Photo:
    visit = world.visit(outlet=outlet, lat=LAT + (0.05 if outlet == "E2" else 0))
    return world.send(visit, world.claim(outlet=outlet), jpeg(seed))


def test_work_of_a_process_that_died_with_its_clock_ahead_is_taken_up(world: World) -> None:
    """Photo, audit, beat, begun work and failure are all of some hours later."""
    with clock_ahead():
        photo = send(world, 1)
        beat(world.database, "dead")
        assert Attempts(world.database, "dead", 2, Timing())._begin(photo.id) == "go"
        steps.give_up(world.database, photo.id, utcnow(), None)
    assert living_workers(world.database, 10.0) == set()
    with working(world, Vision(), HASTE):
        until(lambda: all(drawn(world, photo)))
    assert decisions(world, photo) == [("pass", ["passed"])]


def test_a_beat_from_ahead_is_no_sign_of_life_and_goes_at_last(world: World) -> None:
    with clock_ahead(timedelta(days=2)):
        beat(world.database, "dead")
    assert living_workers(world.database, 10.0) == set()
    with clock_ahead(timedelta(seconds=3)):
        beat(world.database, "alive")
    assert living_workers(world.database, 10.0) == {"alive"}
    beat(world.database, "another")
    with world.database.read() as s:
        assert set(s.scalars(select(WorkerBeat.executor_id))) == {"alive", "another"}


def test_a_photo_waits_after_a_death_no_longer_than_it_should(world: World) -> None:
    photo = send(world, 1)
    with clock_ahead():
        for number in range(2):
            assert Attempts(world.database, f"dead{number}", 2, Timing())._begin(photo.id) == "go"
    assert Attempts(world.database, "alive", 2, Timing())._begin(photo.id) == "go"


def test_photos_read_ahead_do_not_bear_witness_against_those_that_fail_now(world: World) -> None:
    with clock_ahead():
        read = send(world, 1)
        world.read(read, jpeg(1))
        ahead = utcnow()
    photo = send(world, 2, "E2")
    with world.database.read() as s:
        assert not another_read(s, utcnow())
    for _ in range(steps.TRIES_MAX + 1):
        assert not steps.give_up(world.database, photo.id, utcnow(), ahead)
    with world.database.read() as s:
        assert s.get_one(PhotoFailure, photo.id).tries == 1


def test_photos_that_failed_ahead_do_not_take_the_service_away(world: World) -> None:
    with clock_ahead():
        for seed in range(FAILING_MAX):
            failed = world.send(world.visit(), world.claim(), jpeg(seed))
            steps.give_up(world.database, failed.id, utcnow(), None)
    beat(world.database, "w")
    assert readiness.problem(world.database, 10.0) is None


def test_pictures_of_photos_read_ahead_are_drawn_and_each_try_has_a_name(world: World) -> None:
    with clock_ahead():
        photo = send(world, 1)
        world.read(photo, jpeg(1))
    now, names = utcnow(), list[str]()
    with world.database.read() as s:
        for minutes in range(0, 1200, 5):
            names += due_draws(s, now + timedelta(minutes=minutes), 300.0)
        last = now + timedelta(seconds=300 * 2**redraw.TRIES_MAX) + 2 * AHEAD
        assert due_draws(s, last, 300.0) == {}
    assert names[0] == f"draw-{photo.id}-ahead-5"
    assert set(names) == {f"draw-{photo.id}-{number}" for number in ("ahead-5", "ahead-4", "ahead-3", "ahead-2",
                          "ahead-1", "ahead-0", 0, 1, 2, 3, 4, 5, 6, 7)}  # fmt: skip


def test_what_lies_about_from_ahead_is_swept(world: World) -> None:
    with clock_ahead():
        unread = send(world, 1)
        unsettled = send(world, 2, "E2")
        world.read(unsettled, jpeg(2))
        waiting = world.send(world.visit(), world.claim(task="SHARE"), jpeg(3), photos_expected=2)
    with world.database.write() as s:
        closing.check_out(s, world.scope("ann"), world.visit())
        s.get_one(Audit, waiting.audit_id).state = "open"  # as if it had raced with the check-out
    now = utcnow()
    with world.database.read() as s:
        assert unread.id in waiting_photos(s, now)
        assert unsettled_audits(s, now) == [unsettled.audit_id]


def test_a_decision_that_was_kept_ahead_is_carried_out(world: World) -> None:
    world.fronts[jpeg(1)] = UNSURE
    waiting = world.audited(jpeg(1))
    with clock_ahead(), world.database.write(world.scope("ada")) as s:
        audits.lay(s, world.scope("ada"), waiting.audit_id, audits.Asked("refuse", "not this shelf"))
    assert audits.carry_out_due(world.database) == 1
    with world.database.read() as s:
        assert s.scalars(select(PendingReview.state)).all() == ["done"]


def test_a_decision_kept_by_a_clock_a_little_ahead_can_be_undone(world: World) -> None:
    world.fronts[jpeg(1)] = UNSURE
    waiting = world.audited(jpeg(1))
    with clock_ahead(timedelta(seconds=5)), world.database.write(world.scope("ada")) as s:
        kept = audits.lay(s, world.scope("ada"), waiting.audit_id, audits.Asked("refuse", "not this shelf"))
    assert audits.carry_out_due(world.database) == 0
    with world.database.write(world.scope("ada")) as s:
        assert audits.undo(s, world.scope("ada"), kept.pending.id).state == "undone"


def test_a_check_of_a_day_still_to_come_does_not_hide_that_none_is_made(world: World) -> None:
    with clock_ahead(timedelta(days=9)), world.database.write() as s:
        record_check(s, business_day(utcnow()), 0)
    with world.database.read() as s:
        assert latest_check(s) is None
    with world.database.write() as s:
        record_check(s, business_day(utcnow()), 2)
    with world.database.read() as s:
        assert (told := latest_check(s)) is not None
        assert told.faults == 2


def test_a_claim_taken_ahead_holds_no_longer_than_one_of_now(world: World) -> None:
    with clock_ahead(timedelta(days=300)):
        world.claim()
    with working(world, Vision(), HASTE) as workflows:
        sweep(workflows)
    with pytest.raises(tasks.Conflict):
        world.claim("ben")  # still his, from now on
    later = utcnow() + timedelta(hours=73)
    with clock_in_use(lambda: later):
        assert world.claim("ben")


def test_a_clock_that_is_behind_takes_no_claim_away(world: World) -> None:
    world.claim()
    behind = utcnow() - timedelta(days=20_000)  # a machine that has not heard the time yet
    with clock_in_use(lambda: behind), world.database.read() as s:
        assert claims_ahead(s) == []


def test_a_visit_of_ahead_is_another_one(world: World) -> None:
    with clock_ahead(timedelta(days=300)):
        first = world.visit()
    with world.database.write(world.scope("ann")) as s:
        assert closing.check_in(s, world.scope("ann"), world.ids.outlets["E1"], LAT, LON).id != first


def test_wrong_tries_of_ahead_hold_nobody(world: World) -> None:
    tried = tries.Tried("name at address", "name", "address")
    with clock_ahead():
        for _ in range(tries.PAIR.free):
            with pytest.raises(Unauthenticated), tries.counted(world.database, tried):
                people.authenticate(world.database, "ann", "wrong")
        with pytest.raises(Locked), tries.counted(world.database, tried):
            pass
    with tries.counted(world.database, tried):
        assert people.authenticate(world.database, "ann", PASSWORD).login == "ann"


def test_machines_meet_by_the_clock_of_the_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose own clock is wrong is as alive as the others."""
    right = utcnow()
    monkeypatch.setattr("crm.kernel.clock._system_clock", wrong := lambda: right + AHEAD)
    monkeypatch.setattr("crm.kernel.clock._clock", wrong)
    with world.database.read() as s:
        off = now_of(s) - right
    beat(world.database, "w")
    monkeypatch.undo()
    assert (living_workers(world.database, 10.0) == {"w"}) == (world.database.dialect == "postgresql")
    assert (off < timedelta(minutes=1)) == (world.database.dialect == "postgresql")
