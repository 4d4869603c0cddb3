"""From readings to a decision and its posting, on both databases."""

import hashlib
import itertools
import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm.audits import service as audits
from crm.audits.deciding import _thresholds
from crm.audits.photos import closing
from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import THRESHOLDS_LENGTH, Decision, PhotoReading, ReviewItem
from crm.catalog.service import CatalogueView
from crm.kernel import ids
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.errors import Conflict, Expired, Invalid, NotFound
from crm.ledger.checks import check_ledger
from crm.ledger.tables import Entry
from crm.tasks import service as tasks
from crm.workflows.fakes import FakeVision
from pipeline.thresholds import NEAR_DUPLICATE_BITS
from tests.integration.crm.world import BUDGET_FEN, COLA_BLOCK, LAT, LON, NOT_THE_SAME, World, jpeg

SEEN = CatalogueView("demo", frozenset({"cola"}), frozenset(), {})
MONTHS = itertools.count(1)


def codes(decision: Decision) -> list[str]:
    return [reason["code"] for reason in decision.reasons]


def awards(world: World) -> int:
    with world.database.read() as s:
        assert check_ledger(s) == []
        return s.scalar(select(func.count()).select_from(Entry).where(Entry.kind == "award")) or 0


def test_a_sure_pass_is_paid_from_the_budget_to_the_wallet(world: World) -> None:
    decision = world.audited(jpeg(1))
    assert (decision.outcome, decision.amount_fen, decision.kind) == ("pass", 200, "automatic")
    assert decision.entry_id is not None
    assert decision.models == {"detector": "fake-1", "embedder": "fake-1", "gallery": "demo"}
    assert (world.wallet_fen(), world.budget_fen(), awards(world)) == (200, BUDGET_FEN - 200, 1)


def test_a_sure_fail_is_refused_and_tells_what_is_missing(world: World) -> None:
    data = jpeg(1)
    world.fronts[data] = {"cola": (4, 4, 5), "lime": (0, 0, 0), "rival": (9, 9, 9)}
    decision = world.audited(data)
    assert (decision.outcome, decision.amount_fen) == ("refuse", 0)
    assert "clause_failed" in codes(decision)
    assert (world.wallet_fen(), awards(world)) == (0, 0)


def test_what_is_unsure_goes_to_review_and_is_not_paid(world: World) -> None:
    data = jpeg(1)
    world.fronts[data] = {"cola": (5, 6, 7), "lime": (0, 0, 0), "rival": (0, 0, 0)}
    decision = world.audited(data)
    assert decision.outcome == "review"
    with world.database.read() as s:
        item = s.scalars(select(ReviewItem)).one()
        assert (item.state, item.audit_id) == ("open", decision.audit_id)
        assert item.priority > 200
        assert s.scalars(select(Audit.state)).all() == ["in_review"]
    assert awards(world) == 0


def test_deciding_again_gives_the_first_decision(world: World) -> None:
    data = jpeg(1)
    photo = world.send(world.visit(), world.claim(), data)
    assert world.decide(photo) is None
    world.read(photo, data)
    world.read(photo, data)
    first, second = world.decide(photo), world.decide(photo)
    assert first is not None
    assert second is not None
    assert first.id == second.id
    assert (world.wallet_fen(), awards(world)) == (200, 1)


def test_versions_of_all_that_read_its_photos_are_recorded(world: World) -> None:
    visit, claim = world.visit(), world.claim()
    first = world.send(visit, claim, jpeg(0), photos_expected=3)
    photos = [first, *(world.send(visit, claim, jpeg(number), audit_id=first.audit_id) for number in (1, 2))]
    for number, photo in enumerate(photos):
        seen = FakeVision(lambda _: {"cola": (8, 8, 8)}).read(jpeg(number), SEEN)
        later = number // 2
        with world.database.write() as s:
            reading = {**seen.reading, "thresholds": f"v{later}", "models": {"detector": f"d{later}"}}
            audits.record_reading(s, photo.id, reading, os.urandom(32))
    decision = world.decide(photos[0])
    assert decision is not None
    assert (decision.thresholds, decision.models) == ("v0, v1", {"detector": ["d0", "d1"]})
    many = [PhotoReading(reading={"thresholds": f"2026.11-{number}"}) for number in range(9)]
    told = _thresholds(many)
    assert told == "2026.11-0, 2026.11-1, 2026.11-2, …"  # no version is cut into one that never was
    assert len(told) <= THRESHOLDS_LENGTH


def test_the_same_display_is_paid_once_a_period(world: World) -> None:
    world.audited(jpeg(1))
    again = world.audited(jpeg(2))
    assert (again.outcome, again.amount_fen, again.entry_id) == ("pass", 0, None)
    assert codes(again)[0] == "already_paid"
    other_outlet = world.audited(jpeg(3), outlet="E2")
    assert other_outlet.amount_fen == 200
    assert (world.wallet_fen(), awards(world)) == (400, 2)


def test_a_further_display_is_for_a_person_who_sees_the_earlier_one(world: World) -> None:
    first = world.audited(jpeg(1))
    further = world.audited(jpeg(2), display="2")
    assert (further.outcome, further.amount_fen, codes(further)) == ("review", 200, ["further_display"])
    assert "其他陈列" in further.reasons[0]["zh"]
    world.fronts[jpeg(3)] = {"cola": (0, 0, 0), "lime": (0, 0, 0), "rival": (9, 9, 9)}
    assert world.audited(jpeg(3), display="3").outcome == "review"
    assert world.audited(jpeg(4), outlet="E2").outcome == "pass"  # another outlet has displays of its own
    assert world.audited(jpeg(5), task="SHARE").reasons[-1]["code"] != "further_display"  # and so has another task
    with world.database.write() as s:
        s.get_one(Photo, s.scalars(select(Photo.id).where(Photo.audit_id == first.audit_id)).one()).picture_key = "k"
    with world.database.read() as s:
        told = audits.explain(s, world.scope("ada"), further.audit_id).other_displays
        seen = [(each.audit_id, each.display, len(each.photo_ids)) for each in told]
        assert (first.audit_id, "1", 1) in seen
        assert {display for _, display, _ in seen} == {"1", "3"}
        assert audits.replay(s, further.id).equal
    with world.database.write(world.scope("ada")) as s:
        done = audits.review(s, world.scope("ada"), further.audit_id, "approve", dismissals=NOT_THE_SAME)
        assert done.entry_id is not None
    assert (world.wallet_fen(), awards(world)) == (600, 3)


@given(order=st.permutations(range(3)))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_no_order_are_two_displays_paid_without_a_person(world: World, order: list[int]) -> None:
    later = utcnow() + timedelta(days=32 * next(MONTHS))  # another period for each order
    with clock_in_use(lambda: later):
        visit, claim = world.visit(), world.claim()
        photos = [world.send(visit, claim, jpeg(number), display=str(number + 1)) for number in range(3)]
        outcomes = []
        for number in order:
            with world.database.write() as s:
                reading = FakeVision(lambda _: {"cola": (8, 8, 8)}).read(jpeg(number), SEEN).reading
                audits.record_reading(s, photos[number].id, reading, os.urandom(32))
            decision = world.decide(photos[number])
            assert decision is not None
            outcomes += [reason["code"] for reason in decision.reasons if reason["code"].endswith("display")] or ["-"]
        with world.database.write() as s:
            s.get_one(tasks.TaskClaim, claim).state = "released"
    assert outcomes.count("further_display") >= 2


def test_a_display_that_began_earlier_and_came_later_is_a_further_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.audited(jpeg(1))
    visit, claim = world.visit(), world.claim()
    with monkeypatch.context() as patch:  # another server, whose clock is behind
        patch.setattr(ids, "_id_last", 0)
        patch.setattr(ids.time, "time_ns", lambda: 10**18)
        photo = world.send(visit, claim, jpeg(2), display="2")
    assert photo.audit_id < first.audit_id
    world.read(photo, jpeg(2))
    decision = world.decide(photo)
    assert decision is not None
    assert codes(decision) == ["further_display"]


def test_a_version_that_lowers_the_limit_holds_for_the_period(world: World) -> None:
    third = world.audited(jpeg(1), display="3")
    assert third.entry_id is not None
    with world.database.write(world.scope("mia")) as s:
        rules = COLA_BLOCK.as_dict()
        tasks.publish_version(s, world.scope("mia"), world.ids.tasks["COLA"], rules)
    with pytest.raises(Invalid) as caught:
        world.audited(jpeg(2), display="2")
    assert (caught.value.field, caught.value.code) == ("display", "display_above_limit")
    first = world.audited(jpeg(3), display="1")
    with world.database.write(world.scope("ada")) as s:
        done = audits.review(s, world.scope("ada"), first.audit_id, "approve", dismissals=NOT_THE_SAME)
        assert (done.outcome, done.amount_fen, codes(done)[0]) == ("pass", 0, "displays_paid")
    assert (world.wallet_fen(), awards(world)) == (200, 1)


def test_the_same_bytes_under_another_key_are_a_duplicate(world: World) -> None:
    world.audited(jpeg(1))
    again = world.audited(jpeg(1), outlet="E2")
    assert again.outcome == "review"
    assert codes(again)[0] == "exact_duplicate"
    assert awards(world) == 1


def test_a_photo_that_nearly_equals_an_earlier_one_is_a_duplicate(world: World) -> None:
    first, near, far = jpeg(1), jpeg(2), jpeg(3)
    base = hashlib.sha256(b"display").digest()
    number = int.from_bytes(base, "big")
    # The farthest that still counts: two bits in each of fifteen bands of 16 bits, one in the last.
    spoilt = sum((3 if band else 1) << 16 * band for band in range(16))
    assert spoilt.bit_count() == NEAR_DUPLICATE_BITS
    world.hashes = {
        first: base,
        near: (number ^ spoilt).to_bytes(32, "big"),
        far: (number ^ sum(1 << (5 * bit) for bit in range(50))).to_bytes(32, "big"),
    }
    assert world.audited(first).outcome == "pass"
    caught = world.audited(near, login="ben", outlet="E2")
    assert (caught.outcome, codes(caught)[0]) == ("review", "near_duplicate")
    assert codes(world.audited(far, task="SHARE"))[0] != "near_duplicate"


def test_of_two_photos_in_flight_the_later_one_is_the_duplicate(world: World) -> None:
    one, two = jpeg(1), jpeg(2)
    world.hashes = {one: bytes(32), two: bytes(32)}
    visit, elsewhere = world.visit(), world.visit("cem", "W1", lon=LON + 0.1)
    other = world.claim("cem", outlet="W1")
    earlier, later = world.send(visit, world.claim(), one), world.send(elsewhere, other, two, "cem")
    world.read(later, two)
    passed = world.decide(later)
    assert passed is not None
    assert passed.outcome == "pass"  # nothing else had been read
    world.read(earlier, one)
    flagged = world.decide(earlier)
    assert flagged is not None
    assert codes(flagged)[0] == "near_duplicate"  # though it came first: the other one is paid


def test_two_photos_of_one_display_may_overlap_but_not_be_the_same(world: World) -> None:
    one, two = jpeg(1), jpeg(2)
    world.hashes = {one: bytes(32), two: bytes(32)}
    visit, claim = world.visit(), world.claim()
    photos = [world.send(visit, claim, data, photos_expected=2) for data in (one, two)]
    assert len({photo.audit_id for photo in photos}) == 1
    world.read(photos[0], one)
    assert world.decide(photos[0]) is None
    world.read(photos[1], two)
    decision = world.decide(photos[1])
    assert decision is not None
    # 8 to 16 colas in two photos: passing is sure, the tier of the reward is not
    assert (decision.outcome, decision.flags) == ("review", [])
    with world.database.read() as s:
        replayed = audits.replay(s, decision.id)
    assert replayed.equal
    same = [world.send(visit, claim, jpeg(7), display="2", photos_expected=2) for _ in range(2)]
    world.hashes[jpeg(7)] = b"\x01" * 32
    for photo in same:
        world.read(photo, jpeg(7))
    doubled = world.decide(same[0])
    assert doubled is not None
    assert codes(doubled)[0] == "exact_duplicate"


def test_an_exhausted_budget_is_reviewed_and_loses_nothing(world: World) -> None:
    """Where the claim has no reservation, as those that were taken before claims reserved."""
    world.fronts[jpeg(1)] = {"cola": (5, 6, 7)}
    waiting = world.audited(jpeg(1))
    world.without_reservation(world.claim("ann", "COLA", "E2"))
    with world.database.write() as s:
        asked = audits.Asked("approve", "the whole season at once", amount_fen=BUDGET_FEN)
        proposal = audits.propose_review(s, world.scope("ada"), waiting.audit_id, asked)
        audits.confirm(s, world.scope("mia"), proposal.id)
    decision = world.audited(jpeg(9), outlet="E2")
    assert (decision.outcome, codes(decision)[0], decision.amount_fen) == ("review", "budget_exhausted", 200)
    assert (world.wallet_fen(), world.budget_fen(), awards(world)) == (BUDGET_FEN, 0, 1)
    with pytest.raises(Conflict, match="budget"), world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), decision.audit_id, "approve")
    with world.database.write(world.scope("mia")) as s:
        tasks.fund_task(s, world.scope("mia"), world.ids.tasks["COLA"], 500, "top-up")
        tasks.fund_task(s, world.scope("mia"), world.ids.tasks["COLA"], 500, "top-up")
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), decision.audit_id, "approve").amount_fen == 200
    assert (world.wallet_fen(), world.budget_fen()) == (BUDGET_FEN + 200, 300)


def test_an_unreadable_photo_is_reviewed_and_says_retake(world: World) -> None:
    photo = world.send(world.visit(), world.claim(), jpeg(1))
    with world.database.write() as s:
        audits.record_unreadable(s, photo.id, "truncated: cut off")
    decision = world.decide(photo)
    assert decision is not None
    assert (decision.outcome, codes(decision)[0]) == ("review", "unreadable")
    assert "take it again" in decision.reasons[0]["en"]
    with world.database.read() as s:
        assert audits.replay(s, decision.id).equal


def test_far_from_the_outlet_goes_to_review(world: World) -> None:
    data = jpeg(1)
    photo = world.send(world.visit(lat=LAT + 0.006), world.claim(), data)
    world.read(photo, data)
    decision = world.decide(photo)
    assert decision is not None
    assert codes(decision) == ["far_from_outlet"]


def test_checking_out_lets_a_waiting_audit_be_judged(world: World) -> None:
    data = jpeg(1)
    visit = world.visit()
    photo = world.send(visit, world.claim(), data, photos_expected=3)
    world.read(photo, data)
    assert world.decide(photo) is None
    with world.database.write(world.scope("ann")) as s:
        closing.check_out(s, world.scope("ann"), visit)
    decision = world.decide(photo)
    assert decision is not None
    assert decision.outcome == "pass"


def test_the_same_key_gives_the_first_photo(world: World) -> None:
    visit, claim = world.visit(), world.claim()
    first = world.send(visit, claim, jpeg(1), key="k")
    assert world.send(visit, claim, jpeg(1), key="k").id == first.id
    with pytest.raises(Conflict) as caught:
        world.send(visit, claim, jpeg(2), key="k")
    assert caught.value.code == "idempotency_key_reused"
    with world.database.read() as s:
        assert s.scalar(select(func.count()).select_from(Photo)) == 1
        assert s.scalar(select(func.count()).select_from(Audit)) == 1


def test_what_is_no_photo_leaves_nothing(world: World) -> None:
    visit, claim = world.visit(), world.claim()
    for data, code in ((b"", "not_an_image"), (b"GIF89a....", "unsupported"), (jpeg(1)[:5000], "truncated")):
        with pytest.raises(Invalid) as caught:
            world.send(visit, claim, data)
        assert (caught.value.field, caught.value.code) == ("file", code)
    with world.database.read() as s:
        assert s.scalar(select(func.count()).select_from(Audit)) == 0


def test_claims_hold_one_rep_expire_and_are_given_back(world: World) -> None:
    claim = world.claim("ann")
    assert world.claim("ann") == claim
    with pytest.raises(Conflict) as caught:
        world.claim("ben")
    assert caught.value.code == "claimed"
    visit = world.visit("ann")
    with pytest.raises(NotFound):
        world.send(world.visit("ben"), claim, jpeg(1), "ben")
    with world.database.write() as s:
        row = s.get(tasks.TaskClaim, claim)
        assert row is not None
        row.expires_at = row.claimed_at
    with pytest.raises(Expired):
        world.send(visit, claim, jpeg(1))
    taken = world.claim("ben")
    with world.database.write(world.scope("ben")) as s:
        assert tasks.release_claim(s, world.scope("ben"), taken).state == "released"
    with pytest.raises(Conflict):
        world.send(world.visit("ben"), taken, jpeg(1), "ben")
