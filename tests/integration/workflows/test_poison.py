"""A photo that kills its process, or hangs, is given up after some starts; none beside it is, nor in an outage."""

import signal
import threading
from functools import lru_cache
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.audits import service as audits
from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.ledger.checks import check_ledger
from crm.people import service as people
from crm.people.passwords import hash_password
from crm.workflows.begun import DEATHS_MAX, EXIT_HUNG, Attempts, end
from crm.workflows.fakes import FakeVision
from crm.workflows.tables import PhotoBegun, PhotoFailure
from crm.workflows.upkeep import Timing, beat
from tests.integration.crm.world import LAT, World, jpeg
from tests.integration.workflows.poison import POISON
from tests.integration.workflows.poison import main as worker
from tests.integration.workflows.processes import exit_status
from tests.integration.workflows.test_failures import HASTE, decisions, until, working
from tests.integration.workflows.world import COLAS

STARTS_MAX = 3 * DEATHS_MAX  # a start in which no other photo was read does not count
_hashed_once = lru_cache(hash_password)


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "hash_password", _hashed_once)


def upload(world: World, data: bytes, outlet: str = "E1") -> Photo:
    """A photo that the sweeper finds."""
    visit = world.visit(outlet=outlet, lat=LAT + (0.05 if outlet == "E2" else 0))
    return world.send(visit, world.claim(outlet=outlet), data)


def start(url: str, folder: Path, fate: str, read_at_once: int = 1, retry_s: float = 1.0) -> int:
    """The exit status of a worker process."""
    return exit_status(worker, url, str(folder), fate, read_at_once, retry_s)


def starts(world: World, url: str, folder: Path, fate: str) -> tuple[list[int], Photo, list[Photo]]:
    """Exit statuses until a process has done all; the poison, and the innocent photos, another at each start."""
    poison, innocent, statuses = upload(world, POISON, "E2"), [upload(world, jpeg(1))], list[int]()
    while 0 not in statuses and len(statuses) < STARTS_MAX:
        if statuses:
            innocent.append(upload(world, jpeg(1 + len(statuses))))
        drawing = fate in ("dies drawing", "dies encoding")  # at the next try another photo has been read, as it takes
        statuses.append(start(url, folder, fate, 1 if statuses or drawing else 2, 5.0 if drawing else 1.0))
    return statuses, poison, innocent


@pytest.mark.parametrize("fate", ["dies", "hangs"])
def test_a_photo_that_ends_its_process_goes_to_a_person(
    fate: str, database: Database, database_url: str, tmp_path: Path
) -> None:
    world = World(database, open_store(str(tmp_path / "photos")))
    statuses, poison, innocent = starts(world, database_url, tmp_path / "photos", fate)
    expected = -signal.SIGKILL if fate == "dies" else EXIT_HUNG
    assert set(statuses[:-1]) == {expected}
    assert len(statuses[:-1]) >= DEATHS_MAX
    assert statuses[-1] == 0
    [(outcome, reasons)] = decisions(world, poison)
    assert (outcome, reasons[0]) == ("review", "unreadable_here")
    assert [decisions(world, photo)[0][0] for photo in innocent] == ["pass"] * len(innocent)
    with database.read() as s:
        assert s.get_one(Photo, poison.id).state == "unreadable"
        assert len(s.scalars(select(Decision)).all()) == 1 + len(innocent)
        assert [row.photo_id for row in s.scalars(select(PhotoBegun))] == [poison.id]
        assert s.scalars(select(PhotoFailure)).all() == []
        assert all(s.get_one(Photo, photo.id).annotated_key for photo in innocent)
        assert check_ledger(s) == []
    assert world.wallet_fen() == 200


@pytest.mark.parametrize("fate", ["dies drawing", "dies encoding"])
def test_a_photo_that_dies_when_drawn_is_decided_and_shown_as_far_as_it_can_be(
    fate: str, database: Database, database_url: str, tmp_path: Path
) -> None:
    world = World(database, open_store(str(tmp_path / "photos")))
    statuses, poison, innocent = starts(world, database_url, tmp_path / "photos", fate)
    assert set(statuses[:-1]) == {-signal.SIGKILL}
    assert statuses[-1] == 0
    assert [decisions(world, photo)[0][0] for photo in [poison, *innocent]] == ["pass"] * (1 + len(innocent))
    with database.read() as s:
        row = s.get_one(Photo, poison.id)
        assert (row.annotated_key, row.undrawn_at is None) == (None, False)
        assert (row.picture_key is None) == (fate == "dies encoding")
        assert all(s.get_one(Photo, photo.id).annotated_key for photo in innocent)
        [told] = audits.explain(s, world.scope("ann"), poison.audit_id).photos
        assert told.undrawn is not None
        assert told.undrawn.code == ("not_drawn" if fate == "dies drawing" else "no_picture")
    assert world.wallet_fen() == 400


def test_a_picture_is_drawn_after_two_processes_died_over_it(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """As a power cut and an operator's kill may: the photo has to wait then, and its workflow ends without it."""
    world, folder = World(database, open_store(str(tmp_path / "photos"))), tmp_path / "photos"
    photo = upload(world, POISON, "E2")
    for fate in ("dies encoding", "dies encoding"):
        assert start(database_url, folder, fate, retry_s=8.0) == -signal.SIGKILL
    assert start(database_url, folder, "lives", retry_s=8.0) == 0
    with database.read() as s:
        assert s.get_one(Photo, photo.id).annotated_key is not None
        assert s.scalars(select(PhotoBegun)).all() == []


def test_a_photo_that_a_living_worker_has_in_hand_is_left_to_it_and_no_death(world: World) -> None:
    photo = upload(world, jpeg(1))
    beat(world.database, "alive")
    assert process(world, "alive")._begin(photo.id) == "go"
    world.read(upload(world, jpeg(2), "E2"), jpeg(2))
    assert [process(world, "another")._begin(photo.id) for _ in range(DEATHS_MAX)] == ["wait"] * DEATHS_MAX
    assert deaths(world, photo) == 0


def process(world: World, name: str, retry_s: float = 300.0, places: int = 2) -> Attempts:
    """What a process of this name begins is left behind unless it says otherwise."""
    return Attempts(world.database, name, places, Timing(retry_s=retry_s))


def deaths(world: World, photo: Photo) -> int | None:
    with world.database.read() as s:
        return s.scalar(select(PhotoBegun.deaths).where(PhotoBegun.photo_id == photo.id))


def test_a_suspect_that_was_handled_has_no_part_in_the_next_death(world: World) -> None:
    """What was read of it may still be on its way into the database when the next photo begins, and kills."""
    suspect, poison = upload(world, jpeg(1)), upload(world, POISON, "E2")
    for photo in (suspect, poison):
        assert process(world, "first")._begin(photo.id) == "go"
    second = process(world, "second")
    with second.of(suspect.id) as turn:
        assert turn == "go"
    assert second._begin(poison.id) == "go"  # the result is not kept yet; the process ends here
    assert (deaths(world, suspect), deaths(world, poison)) == (1, 1)
    world.read(upload(world, jpeg(2)), jpeg(2))  # so that further deaths count
    third = process(world, "third")
    assert [third._begin(photo.id) for photo in (suspect, poison)] == ["go", "go"]
    assert (deaths(world, suspect), deaths(world, poison)) == (1, 2)


def test_while_every_photo_kills_none_is_given_up(world: World) -> None:
    first, other = upload(world, jpeg(1)), upload(world, jpeg(2), "E2")
    for number in range(4 * DEATHS_MAX):
        for photo in (first, other):
            assert process(world, f"w{number}", retry_s=0.0)._begin(photo.id) == "go"
    assert (deaths(world, first), deaths(world, other)) == (1, 1)
    world.read(other, jpeg(2))  # the outage is over
    assert process(world, "later")._begin(first.id) == "go"


def test_a_photo_that_killed_alone_waits_until_another_was_read(world: World) -> None:
    poison = upload(world, POISON, "E2")
    for number in range(2):
        assert process(world, f"w{number}")._begin(poison.id) == "go"
    assert process(world, "w2")._begin(poison.id) == "wait"
    for number in range(2, DEATHS_MAX):
        world.read(upload(world, jpeg(number)), jpeg(number))
        assert process(world, f"w{number}")._begin(poison.id) == "go"
    assert process(world, "w8")._begin(poison.id) == "wait"
    world.read(upload(world, jpeg(9)), jpeg(9))
    assert [process(world, f"w{number}")._begin(poison.id) for number in (9, 10)] == ["never", "never"]


def test_stops_and_failures_are_no_deaths(world: World) -> None:
    photo = upload(world, jpeg(1))
    for number in range(2 * DEATHS_MAX):
        stopped = process(world, f"stopped{number}")
        assert stopped._begin(photo.id) == "go"
        stopped.leave()
        world.read(upload(world, jpeg(100 + number)), jpeg(100 + number))
        with pytest.raises(OSError), process(world, f"failed{number}").of(photo.id):
            raise OSError("the disk is full")
    assert deaths(world, photo) == 0
    with world.database.write() as s:
        end(s, photo.id)
    assert deaths(world, photo) is None


def test_a_stop_in_the_middle_of_a_reading_is_no_death(world: World) -> None:
    go_on, begun = threading.Event(), threading.Event()

    def slow(_: bytes) -> dict[str, tuple[int, int, int]]:
        begun.set()
        assert go_on.wait(30)
        return COLAS

    photo = upload(world, jpeg(1))
    with working(world, FakeVision(slow), HASTE) as workflows:
        assert begun.wait(30)
        assert held_by(world, photo) is not None
        stopping = threading.Thread(target=workflows.stop)
        stopping.start()
        until(lambda: held_by(world, photo) is None, 5)  # before the stop waits for the photo
        go_on.set()
        stopping.join()
    with working(world, FakeVision(slow), HASTE):
        until(lambda: decisions(world, photo) == [("pass", ["passed"])])
        until(lambda: deaths(world, photo) is None)


def held_by(world: World, photo: Photo) -> str | None:
    with world.database.read() as s:
        return s.scalar(select(PhotoBegun.executor_id).where(PhotoBegun.photo_id == photo.id))


def test_a_suspect_is_handled_alone(world: World) -> None:
    suspect, innocent = upload(world, jpeg(1)), upload(world, jpeg(2), "E2")
    assert process(world, "dead")._begin(suspect.id) == "go"
    here, inside, events = process(world, "alive"), threading.Event(), list[str]()

    def handle(photo: Photo, name: str) -> None:
        with here.of(photo.id) as turn:
            events.append(f"{name} {turn}")
            inside.set()
        events.append(f"{name} ended")

    with here.of(innocent.id):
        waiting = threading.Thread(target=handle, args=(suspect, "suspect"))
        waiting.start()
        assert not inside.wait(0.3)
        events.append("innocent ended")
    waiting.join(10)
    assert events == ["innocent ended", "suspect go", "suspect ended"]
    inside.clear()
    with here.of(suspect.id):
        waiting = threading.Thread(target=handle, args=(innocent, "innocent"))
        waiting.start()
        assert not inside.wait(0.3)
    waiting.join(10)
    assert events[3:] == ["innocent go", "innocent ended"]


@pytest.fixture
def world(database: Database) -> World:
    return World(database)
