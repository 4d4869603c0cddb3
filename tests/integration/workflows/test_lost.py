"""A photo whose file is gone from the store, or damaged there, goes to a person, and is read once the file is back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from crm.audits import service as audits
from crm.audits.photos.tables import Photo
from crm.audits.unread import lost_photos, queue_length
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.ledger.checks import check_ledger
from crm.people import service as people
from crm.workflows.fakes import FakeVision
from tests.integration.crm.world import World, jpeg
from tests.integration.workflows.test_failures import HASTE, _hashed_once, decisions, drawn, until, upload, working
from tests.integration.workflows.world import COLAS

WAYS: dict[str, Callable[[Path], object]] = {
    "photo_gone": Path.unlink,
    "photo_damaged": lambda file: file.write_bytes(file.read_bytes()[:-9]),
}


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database, open_store(str(tmp_path)))


def file_of(folder: Path, photo: Photo) -> Path:
    return folder / photo.sha256[:2] / photo.sha256


def lost(world: World) -> tuple[int, int]:
    with world.database.read() as s:
        return lost_photos(s), queue_length(s)


def vision() -> FakeVision:
    return FakeVision(lambda _: COLAS)


@pytest.mark.parametrize("code", WAYS)
def test_it_goes_to_a_person_and_is_read_when_the_file_is_back(world: World, tmp_path: Path, code: str) -> None:
    photo, companion = upload(world, jpeg(1)), upload(world, jpeg(2), "E2")
    file = file_of(tmp_path, photo)
    WAYS[code](file)
    with structlog.testing.capture_logs() as logs, working(world, vision()):
        until(lambda: bool(decisions(world, photo)) and bool(decisions(world, companion)))
        waits = ("review", [code, "clause_not_judged", "reward_not_judged"])
        assert decisions(world, photo) == [waits]
        assert decisions(world, companion) == [("pass", ["passed"])]
        assert lost(world) == (1, 0)
        with world.database.read(world.scope("ada")) as s:
            [item] = audits.review_queue(s, world.scope("ada")).items
            told = world.told(photo.audit_id, "ann").reasons[0]
        assert item.audit_id == photo.audit_id
        assert ("存储" in told.zh, "our store" in told.en) == (True, True)
        until(lambda: len([each for each in logs if each["event"] == code]) > 1)  # it is tried again and again
        assert decisions(world, photo) == [waits]
        file.write_bytes(jpeg(1))
        until(lambda: all(drawn(world, photo)))
        assert decisions(world, photo) == [waits, ("pass", ["passed"])]
    assert {each["log_level"] for each in logs if each["event"] == code} == {"error"}
    assert lost(world) == (0, 0)
    assert world.wallet_fen() == 400
    with world.database.read() as s:
        assert audits.review_queue(s, world.scope("ada")).items == ()
        assert check_ledger(s) == []
        for decision in (each.id for each in audits.explain(s, world.scope("ada"), photo.audit_id).history):
            assert audits.replay(s, decision).equal


def test_a_display_of_several_photos_waits_for_the_one_that_is_gone(world: World, tmp_path: Path) -> None:
    visit, claim = world.visit(), world.claim()
    photos = [world.send(visit, claim, jpeg(seed), photos_expected=2) for seed in (1, 2)]
    file_of(tmp_path, photos[0]).unlink()
    with working(world, vision()):
        until(lambda: bool(decisions(world, photos[0])) and all(drawn(world, photos[1])))
        assert [(outcome, codes[0]) for outcome, codes in decisions(world, photos[0])] == [("review", "photo_gone")]
        file_of(tmp_path, photos[0]).write_bytes(jpeg(1))
        until(lambda: all(drawn(world, photos[0])))
    first, second = (codes for _, codes in decisions(world, photos[0]))
    assert ("photo_gone" in first, "photo_gone" in second) == (True, False)
    with world.database.read(world.scope("ada")) as s:
        fronts = [
            each.facts.get("facings")
            for each in audits.decisions_since(s, world.scope("ada"), audits.from_number(0))[0]
        ]
    assert [each is not None for each in fronts] == [False, True]


def test_what_a_person_decided_meanwhile_stays(world: World, tmp_path: Path) -> None:
    photo = upload(world, jpeg(1))
    file_of(tmp_path, photo).unlink()
    with working(world, vision()):
        until(lambda: bool(decisions(world, photo)))
        with world.database.write(world.scope("ada")) as s:
            audits.review(s, world.scope("ada"), photo.audit_id, "refuse", "no picture to judge by")
        file_of(tmp_path, photo).write_bytes(jpeg(1))
        other = upload(world, jpeg(2), "E2")
        until(lambda: all(drawn(world, other)))
    assert [outcome for outcome, _ in decisions(world, photo)] == ["review", "refuse"]
    assert lost(world) == (0, 0)


def test_a_kept_decision_of_a_person_is_not_overtaken(world: World, tmp_path: Path) -> None:
    photo = upload(world, jpeg(1))
    file_of(tmp_path, photo).unlink()
    with working(world, vision(), replace(HASTE, reviews_s=3600.0)):
        until(lambda: bool(decisions(world, photo)))
        with world.database.write(world.scope("ada")) as s:
            audits.lay(s, world.scope("ada"), photo.audit_id, audits.Asked("refuse", "no picture to judge by"))
        file_of(tmp_path, photo).write_bytes(jpeg(1))
        until(lambda: all(drawn(world, photo)))
    assert [outcome for outcome, _ in decisions(world, photo)] == ["review"]


def test_after_it_was_read_an_auditor_may_correct_what_was_read(world: World, tmp_path: Path) -> None:
    """The first decision knew no numbers; a person's rest on those of the reading."""
    photo = upload(world, jpeg(1))
    file_of(tmp_path, photo).unlink()
    unsure = FakeVision(lambda _: {"cola": (4, 7, 12), "lime": (0, 0, 0), "rival": (2, 2, 2)})
    with working(world, unsure):
        until(lambda: bool(decisions(world, photo)))
        file_of(tmp_path, photo).write_bytes(jpeg(1))
        until(lambda: all(drawn(world, photo)))
    assert [outcome for outcome, _ in decisions(world, photo)] == ["review", "review"]
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), photo.audit_id, "approve").outcome == "pass"
