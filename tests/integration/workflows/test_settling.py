"""An audit whose decision raises hides no other, and goes to a person after its tries."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from crm.audits import flagging
from crm.audits import service as audits
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision
from crm.catalog import service as catalog
from crm.kernel.business_time import business_day
from crm.kernel.db import Database
from crm.kernel.photo_store import StoredPhotoError, open_store
from crm.ledger.checks import check_ledger
from crm.people import service as people
from crm.storing.service import ORPHANED_AFTER, keep
from crm.storing.tables import UnnamedBytes
from crm.tasks.tables import TaskVersion
from crm.workflows import runtime, sweeping
from crm.workflows.fakes import FakeVision
from tests.integration.crm.world import BUDGET_FEN, World, jpeg
from tests.integration.workflows.test_failures import HASTE, _hashed_once, decisions, until, upload, working
from tests.integration.workflows.world import COLAS


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database, open_store("memory:"))


def unsettled(world: World, seed: int, outlet: str = "E1") -> Photo:
    """A photo that was read, and nobody has decided on it."""
    photo = upload(world, jpeg(seed), outlet)
    world.read(photo, jpeg(seed))
    return photo


def spoil(monkeypatch: pytest.MonkeyPatch, *photos: Photo) -> dict[str, int]:
    """Make deciding on these raise; tries so far by audit."""
    tries = {photo.audit_id: 0 for photo in photos}

    def flags(s: Any, photos: Sequence[Photo]) -> list[Any]:
        if photos[0].audit_id in tries:
            tries[photos[0].audit_id] += 1
            raise ArithmeticError("a fault of ours")
        return []

    monkeypatch.setattr(flagging, "duplicate_flags", flags)
    return tries


def test_an_audit_that_cannot_be_decided_goes_to_a_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = upload(world, jpeg(1), "E2")
    tries = spoil(monkeypatch, bad)
    with working(world, FakeVision(lambda _: COLAS), HASTE):
        until(lambda: decisions(world, bad) != [])
        good = upload(world, jpeg(2))
        until(lambda: decisions(world, good) == [("pass", ["passed"])])
    [(outcome, reasons)] = decisions(world, bad)
    assert (outcome, reasons[0]) == ("review", "undecided_here")
    assert tries == {bad.audit_id: 1 + runtime._SETTLES_MAX}  # once when it was read
    with world.database.read() as s:
        assert s.get_one(Audit, bad.audit_id).state == "in_review"  # type: ignore[attr-defined]
        [item] = audits.review_queue(s, world.scope("ada")).items
        assert (item.audit_id, item.reasons[0]["zh"][:2]) == (bad.audit_id, "系统")
        decision = s.scalars(select(Decision).where(Decision.audit_id == bad.audit_id)).one()
        assert audits.replay(s, decision.id).equal
        assert world.told(bad.audit_id).amount_range.high is None
    with world.database.write(world.scope("ada")) as s:
        seen = {"undecided_here": "eight colas, counted by hand"}
        done = audits.review(s, world.scope("ada"), bad.audit_id, "approve", "counted", amount_fen=200, dismissals=seen)
        assert done.entry_id is not None
    with world.database.read() as s:
        assert check_ledger(s) == []
    assert world.wallet_fen() == 400


def test_audits_that_cannot_be_decided_hide_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_SWEPT_MAX", 2)
    monkeypatch.setattr(runtime, "_SETTLES_MAX", 10**6)
    bad = [unsettled(world, seed) for seed in range(4)]
    good = unsettled(world, 9, "E2")
    spoil(monkeypatch, *bad)
    with working(world, FakeVision(lambda _: COLAS), HASTE):
        until(lambda: decisions(world, good) == [("pass", ["passed"])])
    assert [decisions(world, photo) for photo in bad] == [[]] * 4


def test_rules_that_nobody_can_judge_by_are_for_a_person_too(world: World) -> None:
    photo = unsettled(world, 1)
    with world.database.write() as s:
        audit = s.get_one(Audit, photo.audit_id)
        s.get_one(TaskVersion, audit.task_version_id).rules = {}
    with world.database.write() as s:
        decision = audits.give_to_person(s, photo.audit_id)
        assert decision is not None
        assert (decision.outcome, [each["code"] for each in decision.reasons]) == ("review", ["undecided_here"])
        assert audits.give_to_person(s, photo.audit_id) is None
    with world.database.read(world.scope("ada")) as s:
        [item] = audits.review_queue(s, world.scope("ada")).items
        assert world.told(item.audit_id).clauses == ()


def test_an_audit_whose_photos_were_not_compared_is_settled_once_they_are(world: World) -> None:
    """A worker died between reading a photo and looking for copies of it."""
    first, copy = jpeg(1), jpeg(2)
    world.hashes = dict.fromkeys((first, copy), b"\1" * 32)
    paid = unsettled(world, 1)
    assert world.decide(paid).outcome == "pass"  # type: ignore[union-attr]
    photo = upload(world, copy, "E2")
    with world.database.write() as s:
        seen = world.vision().read(copy, catalog.view(s, photo.brand_id, business_day(photo.received_at)))
        audits.record_reading(s, photo.id, seen.reading, seen.perceptual_hash)
    with world.database.write() as s:
        assert audits.decide_audit(s, photo.audit_id) is None
    with working(world, FakeVision(lambda _: COLAS), HASTE):
        until(lambda: decisions(world, photo) == [("review", ["near_duplicate"])])


def test_a_worker_returns_what_ended_claims_reserved_and_collects_orphans(world: World) -> None:
    photo, orphan = upload(world, jpeg(1)), keep(world.database, world.store, jpeg(2))
    with world.database.write() as s:
        s.get_one(UnnamedBytes, orphan).put_at -= 2 * ORPHANED_AFTER
    with working(world, FakeVision(lambda _: COLAS), HASTE):
        until(lambda: decisions(world, photo) == [("pass", ["passed"])])
        until(lambda: (world.free_fen(), world.reserved_fen()) == (BUDGET_FEN - 200, 0))
        until(lambda: unnamed_keys(world) == [])
    with pytest.raises(StoredPhotoError):
        world.store.get(orphan)
    assert world.store.get(photo.sha256) == jpeg(1)


def unnamed_keys(world: World) -> list[str]:
    with world.database.read() as s:
        return list(s.scalars(select(UnnamedBytes.key)))
