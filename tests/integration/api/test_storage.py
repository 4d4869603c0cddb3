"""A service that cannot keep a photo says so where a balancer asks, keeps nothing half, and recovers by itself."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event

from api.app import create_app
from crm.kernel.db import Database
from crm.kernel.photo_store import PhotoStore, open_store
from crm.workflows import storage
from crm.workflows.fakes import FakeVision
from crm.workflows.runtime import Workflows
from crm.workflows.storage import KEPT_S, SILENT_S, Storage
from pipeline.texts import Said
from tests.integration.api.conftest import Actor
from tests.integration.api.test_bad_input import is_problem, nothing_stored
from tests.integration.api.test_database_away import on_a_server
from tests.integration.api.world import World, make_world, photo_bytes
from tests.integration.workflows.test_failures import HASTE, until
from tests.integration.workflows.world import COLAS
from tests.open_database import OpenDatabase

DISK_BYTES = 48 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("no disk of its own for this test: run it as root, where mount is allowed")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def spoil(disk: Path, how: str) -> Callable[[], None]:
    """Make a disk full or read-only; what undoes that."""
    if how == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        return lambda: subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True) and None
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler.unlink


def served(world: World, store: PhotoStore) -> World:
    """The world with a worker, and this store."""
    workflows = Workflows(world.database, store, FakeVision(lambda _: COLAS), timing=HASTE)
    services = world.app.state.services
    app = create_app(services.settings, world.database, store, workflows, services.examiner)
    return replace(world, app=app, store=store)


def stored(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "KEPT_S", 0.0)


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_store_that_takes_no_photo_is_said_and_the_same_upload_goes_through_later(
    database: Database, disk: Path, how: str
) -> None:
    world = served(make_world(database), open_store(str(disk / "photos")))
    with TestClient(world.app, raise_server_exceptions=False) as client:
        assert client.get("/readyz").status_code == 200
        rep, photo = Actor(client, world, "rep-a"), photo_bytes()
        fields = rep.ready()
        mend = spoil(disk, how)
        told = is_problem(rep.upload(fields, photo), 503, "unavailable")
        assert int(rep.upload(fields, photo).headers["retry-after"]) > 0
        assert str(disk) not in str(told)
        assert "photo store" in is_problem(client.get("/readyz"), 503)["detail"]
        assert client.get("/healthz").status_code == 200
        nothing_stored(world)
        assert stored(disk / "photos") == []
        mend()
        assert client.get("/readyz").status_code == 200
        assert [rep.upload(fields, photo).status_code for _ in range(2)] == [202, 202]
        assert stored(disk / "photos") != []


def test_a_disk_with_little_room_takes_small_objects_and_no_photos(disk: Path) -> None:
    store = open_store(str(disk))
    store.probe()
    (disk / "filler").write_bytes(b"\0" * (DISK_BYTES // 2))
    with pytest.raises(OSError, match="MiB left"):
        store.probe()


def refuses_until_mended(world: World, spoilt: Callable[[], Callable[[], object]]) -> None:
    """A database that takes no row is said, until it does again."""
    with TestClient(world.app, raise_server_exceptions=False) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        rep, photo = Actor(client, world, "rep-a"), photo_bytes()
        fields = rep.ready()
        mend = spoilt()
        is_problem(rep.upload(fields, photo), 503, "unavailable")
        until(lambda: "database" in str(client.get("/readyz").json().get("detail")))
        mend()
        until(lambda: client.get("/readyz").status_code == 200)
        nothing_stored(world)
        assert rep.upload(fields, photo).status_code == 202


def test_a_full_disk_of_the_database_is_said(disk: Path, sqlite_template: Path) -> None:
    shutil.copyfile(sqlite_template, disk / "shelfproof.db")
    database = OpenDatabase(f"sqlite:///{disk / 'shelfproof.db'}")
    refuses_until_mended(served(make_world(database), open_store("memory:")), lambda: spoil(disk, "full"))
    database.dispose()


@on_a_server
def test_a_database_that_became_read_only_is_said(database: Database) -> None:
    """As a server's is that is no longer the first of its group."""

    def read_only(connection: Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    def spoilt() -> Callable[[], object]:
        event.listen(database.engine, "begin", read_only)
        return lambda: event.remove(database.engine, "begin", read_only)

    refuses_until_mended(served(make_world(database), open_store("memory:")), spoilt)


class Watched(PhotoStore):
    """Counts what is tried; `fault` is raised, `work` done at each."""

    tries = 0
    fault: OSError | None = None
    work: Callable[[], object] = staticmethod(lambda: None)

    def probe(self) -> None:
        self.tries += 1
        self.work()
        if self.fault is not None:
            raise self.fault
        super().probe()


def test_an_answer_is_kept_for_seconds_and_nobody_waits_for_a_silent_store(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "KEPT_S", KEPT_S)
    now, store = 100.0, Watched(open_store("memory:")._store)
    probe = Storage(database, store, lambda: now)
    assert [probe.problem() for _ in range(3)] == [None] * 3
    assert store.tries == 1
    now += KEPT_S
    store.fault = OSError(28, os.strerror(28))
    assert "photo store" in str(probe.problem())
    now += KEPT_S
    store.fault = None
    meanwhile: list[Said | None] = []

    def ask() -> None:
        nonlocal now
        meanwhile.append(probe.problem())
        now += SILENT_S
        meanwhile.append(probe.problem())

    store.work = ask
    assert probe.problem() is None
    assert "photo store" in str(meanwhile[0])  # the last answer
    assert "does not answer" in str(meanwhile[1])


def test_a_probe_leaves_nothing(tmp_path: Path) -> None:
    open_store(str(tmp_path)).probe()
    assert stored(tmp_path) == []


def test_what_is_lost_or_changed_is_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store("memory:")
    monkeypatch.setattr("crm.kernel.photo_store.obstore.put", lambda *_: None)
    with pytest.raises(OSError, match="loses"):
        store.probe()
