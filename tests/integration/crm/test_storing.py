"""Bytes go to the store before the transaction opens; those that nobody names are collected, and no others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import String, select

from crm.audits.photos import receiving
from crm.audits.photos.examining import examine
from crm.audits.photos.tables import Photo
from crm.catalog.tables import Enrolment
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.errors import Conflict, NotFound
from crm.kernel.ids import new_id
from crm.kernel.photo_store import PhotoStore, StoredPhotoError
from crm.schema import metadata
from crm.storing.service import drop, keep, named, orphans
from crm.storing.tables import UnnamedBytes
from crm.workflows.orphans import NAMES, collect
from tests.integration.crm.world import World, jpeg

DATA = jpeg(1)
OF_STORE = {"photo.sha256", "photo.picture_key", "photo.annotated_key", "unnamed_bytes.key"}
OF_ELSE = {
    "enrolment.trial", "installation.secret_proof", "invitation.token_sha256", "ledger_entry.body_sha256",
    "sign_in_try.key", "trial_change.trial", "trial_display.trial",
}  # fmt: skip


@contextmanager
def later(days: float) -> Iterator[None]:
    at = utcnow() + timedelta(days=days)
    with clock_in_use(lambda: at):
        yield


def gone(world: World, key: str) -> bool:
    try:
        world.store.get(key)
    except StoredPhotoError:
        return True
    return False


def unnamed(world: World) -> list[str]:
    with world.database.read() as s:
        return list(s.scalars(select(UnnamedBytes.key)))


def refuse(world: World, data: bytes = DATA) -> str:
    """An upload for a claim that is none; the key of its bytes."""
    key = keep(world.database, world.store, data)
    with pytest.raises(NotFound), world.database.write() as s:
        receiving.receive_photo(
            s, world.scope("ann"), visit_id="none", claim_id="none", examined=examine(data), idempotency_key=new_id()
        )
    return key


def test_what_was_refused_is_deleted_after_a_day(world: World) -> None:
    key = refuse(world)
    with later(0.9):
        assert (collect(world.database, world.store), gone(world, key)) == (0, False)
    with later(1.1):
        assert (collect(world.database, world.store), gone(world, key)) == (1, True)
        assert collect(world.database, world.store) == 0
    assert unnamed(world) == []


def test_a_photo_a_picture_and_a_reference_are_kept_though_somebody_sent_the_same_in_vain(world: World) -> None:
    """They are the only rows that name an object; the same bytes are one object."""
    photo = world.send(world.visit(), world.claim(), DATA)
    assert unnamed(world) == []
    names = [jpeg(2), jpeg(3), jpeg(4)]
    keys = [keep(world.database, world.store, data) for data in names]
    with world.database.write() as s:
        row = s.get_one(Photo, photo.id)
        row.picture_key, row.annotated_key = keys[0], keys[1]
        s.add(
            Enrolment(
                brand_id=photo.brand_id, number=1, code="lime", own=True, pictures=[{"sha256": keys[2]}], warnings=[],
                embedding=b"", embedder="1", trial="t",
            )
        )  # fmt: skip
    assert len({refuse(world, data) for data in (DATA, *names)}) == 4
    with later(2):
        assert collect(world.database, world.store) == 0
    assert unnamed(world) == []
    assert not any(gone(world, key) for key in (photo.sha256, *keys))


def test_every_column_that_may_name_an_object_is_known(world: World) -> None:
    """A new one belongs into `crm.workflows.orphans`, or the collector deletes what it names."""
    wide = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, String) and column.type.length == 64
    }
    assert wide - OF_ELSE == OF_STORE
    assert {f"photo.{column.key}" for column in NAMES} | {"unnamed_bytes.key"} == OF_STORE


def test_bytes_that_are_put_anew_are_not_deleted(world: World) -> None:
    """Between the look and the deletion somebody has put the same bytes, and is about to name them."""
    key = refuse(world)
    with later(2):
        with world.database.read() as s:
            due = orphans(s, 10)
        assert keep(world.database, world.store, DATA) == key
        with world.database.write() as s:
            assert drop(s, world.store, key, due[key], is_named=False) is False
        assert not gone(world, key)
        with world.database.write() as s:
            named(s, key)
        with world.database.write() as s:
            assert drop(s, world.store, key, due[key], is_named=False) is False
    assert not gone(world, key)


def test_who_puts_bytes_that_are_just_being_deleted_waits_and_puts_them(world: World) -> None:
    key, put = refuse(world), threading.Event()

    def send_again() -> None:
        keep(world.database, world.store, DATA)
        put.set()

    with later(2):
        with world.database.write() as s:
            due = orphans(s, 10)
            assert drop(s, world.store, key, due[key], is_named=False)
            s.flush()
            thread = threading.Thread(target=send_again)
            thread.start()
            assert not put.wait(0.4)
        thread.join()
    assert (gone(world, key), unnamed(world)) == (False, [key])


def test_a_photo_whose_bytes_were_deleted_meanwhile_is_sent_again(world: World) -> None:
    """A clock that goes ahead by days makes old bytes of those that are just being named."""
    visit, claim, key = world.visit(), world.claim(), keep(world.database, world.store, DATA)

    def receive() -> Photo:
        with world.database.write() as s:
            return receiving.receive_photo(
                s, world.scope("ann"), visit_id=visit, claim_id=claim, examined=examine(DATA), idempotency_key="one"
            )

    with later(2):
        assert collect(world.database, world.store) == 1
    with pytest.raises(Conflict, match="send it again"):
        receive()
    assert keep(world.database, world.store, DATA) == key
    first = receive()
    assert not gone(world, key)
    assert receive().id == first.id  # which needs no bytes again


def test_while_bytes_are_put_others_write(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the store is: on SQLite there is one writer."""
    wrote: list[str] = []

    def slowly(store: PhotoStore, data: bytes) -> str:
        with world.database.write() as s:
            wrote.append(str(s.scalars(select(Photo.id)).first()))
        return original(store, data)

    original = PhotoStore.put
    visit, claim = world.visit(), world.claim()
    monkeypatch.setattr(PhotoStore, "put", slowly)
    assert world.send(visit, claim, DATA).sha256 == examine(DATA).sha256
    assert wrote == ["None"]


def test_a_store_that_is_full_leaves_no_photo(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(store: PhotoStore, data: bytes) -> str:
        raise OSError(28, "full")

    visit, claim = world.visit(), world.claim()
    with monkeypatch.context() as patched:
        patched.setattr(PhotoStore, "put", full)
        with pytest.raises(OSError, match="full"):
            world.send(visit, claim, DATA)
    with world.database.read() as s:
        assert s.scalars(select(Photo.id)).all() == []
    with later(2):
        collect(world.database, world.store)  # of an object that never came
    assert unnamed(world) == []


def test_bytes_that_cannot_be_deleted_hold_up_no_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = sorted(refuse(world, jpeg(seed)) for seed in (1, 2, 3))
    removed = world.store.remove

    def remove(key: str) -> None:
        if key == keys[0]:
            raise OSError("the store is away")
        removed(key)

    with later(1.1):
        with monkeypatch.context() as patch:
            patch.setattr(world.store, "remove", remove)
            assert collect(world.database, world.store) == 2
        assert unnamed(world) == keys[:1]
        assert collect(world.database, world.store) == 1
