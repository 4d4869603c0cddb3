"""Where and when a rep was, what a key stands for, and photos whose companions never come."""

import hashlib
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from crm.audits import service as audits
from crm.audits.photos import closing
from crm.audits.photos.tables import Audit
from crm.audits.unread import unsettled_audits
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from crm.kernel.photo_store import StoredPhotoError
from crm.tasks import service as tasks
from crm.visits.tables import Visit
from crm.workflows.orphans import collect
from tests.integration.crm.test_reviewing import UNSURE
from tests.integration.crm.world import LAT, LON, NOT_THE_SAME, World, jpeg


def check_in(world: World, lat: float | None = LAT, lon: float | None = LON) -> Visit:
    with world.database.write(world.scope("ann")) as s:
        return closing.check_in(s, world.scope("ann"), world.ids.outlets["E1"], lat, lon)


def abandoned(world: World) -> list[str]:
    with world.database.write() as s:
        found = closing.abandoned_audits(s, utcnow() + timedelta(seconds=1))
        closing.close_audits(s, found)
    return found


def test_a_check_in_without_a_location_goes_to_review(world: World) -> None:
    visit = check_in(world, None, None)
    assert visit.in_distance_m is None
    photo = world.send(visit.id, world.claim(), jpeg(1))
    world.read(photo, jpeg(1))
    decision = world.decide(photo)
    assert decision is not None
    assert (decision.outcome, [reason["code"] for reason in decision.reasons]) == ("review", ["no_location"])
    assert world.wallet_fen() == 0
    with pytest.raises(Invalid):
        check_in(world, LAT, None)


def test_a_second_check_in_cannot_hide_that_he_has_left(world: World) -> None:
    first = check_in(world, None, None)
    near = check_in(world)
    assert (near.id, near.in_distance_m) == (first.id, 0)
    far = check_in(world, LAT + 0.006)
    assert far.id == first.id
    assert far.in_distance_m == pytest.approx(667, abs=1)
    assert check_in(world).in_distance_m == far.in_distance_m
    assert check_in(world, None, None).in_distance_m == far.in_distance_m


def test_a_visit_does_not_last_for_ever(world: World) -> None:
    first = check_in(world)
    claim = world.claim()
    waiting = world.send(first.id, claim, jpeg(1), photos_expected=2)
    soon, later, much_later = (utcnow() + timedelta(hours=hours) for hours in (3.9, 4.1, 53))
    with clock_in_use(lambda: soon):
        assert check_in(world).id == first.id
    with clock_in_use(lambda: later):
        second = check_in(world)
        assert second.id != first.id
        with pytest.raises(Conflict) as caught:
            world.send(first.id, claim, jpeg(2))
        assert caught.value.code == "visit_ended"
    with world.database.read() as s:
        audit = s.get(Audit, waiting.audit_id)
        assert audit is not None
        assert (audit.state, audit.photos_expected) == ("reading", 1)
    with clock_in_use(lambda: much_later), pytest.raises(Conflict) as caught:
        world.send(second.id, claim, jpeg(2))
    assert caught.value.code == "visit_ended"


def test_a_key_stands_for_one_photo_of_one_display(world: World) -> None:
    visit, claim = world.visit(), world.claim()
    first = world.send(visit, claim, jpeg(1), key="k")
    for other in ({"display": "2"}, {"audit_id": "another"}):
        with pytest.raises(Conflict) as caught:
            world.send(visit, claim, jpeg(1), key="k", **other)
        assert caught.value.code == "idempotency_key_reused"
    with pytest.raises(Conflict):
        world.send(visit, world.claim(task="SHARE"), jpeg(1), key="k")
    assert world.send(visit, claim, jpeg(1), key="k", audit_id=first.audit_id).id == first.id


def test_another_spelling_is_not_another_display(world: World) -> None:
    assert world.audited(jpeg(1), display="1").amount_fen == 200
    for number, same in enumerate(("01", " 1 ", "１"), start=2):
        again = world.audited(jpeg(number), display=same)
        assert (again.amount_fen, again.reasons[0]["code"]) == (0, "already_paid"), same
    for wrong, code in (("aisle 2", "invalid"), ("0", "invalid"), ("-1", "invalid"), ("5", "display_above_limit")):
        with pytest.raises(Invalid) as caught:
            world.audited(jpeg(9), display=wrong)
        assert (caught.value.field, caught.value.code) == ("display", code), wrong


def test_a_retry_finds_its_photo_after_claim_and_visit_have_ended(world: World) -> None:
    visit, claim = world.visit(), world.claim()
    first = world.send(visit, claim, jpeg(1), key="k")
    with world.database.write(world.scope("ann")) as s:
        tasks.release_claim(s, world.scope("ann"), claim)
        closing.check_out(s, world.scope("ann"), visit)
    assert world.send(world.visit(), world.claim(), jpeg(1), key="k").id == first.id


def test_what_is_refused_leaves_no_bytes_behind(world: World) -> None:
    """They come before the transaction that refuses them, and are collected a day later."""
    visit, claim = world.visit(), world.claim()
    for wrong in ({"display": "a" * 21}, {"display": "5"}, {"photos_expected": 7}):
        with pytest.raises(Invalid):
            world.send(visit, claim, jpeg(1), **wrong)
    with pytest.raises(NotFound):
        world.send(visit, claim, jpeg(1), audit_id="nothing")
    key = hashlib.sha256(jpeg(1)).hexdigest()
    assert world.store.get(key) == jpeg(1)
    tomorrow = utcnow() + timedelta(days=1.1)
    with clock_in_use(lambda: tomorrow):
        assert collect(world.database, world.store) == 1
    with pytest.raises(StoredPhotoError):
        world.store.get(key)


@pytest.mark.parametrize("how", ["released", "expired", "checked out", "rewarded elsewhere"])
def test_a_photo_whose_companions_never_come_is_judged(world: World, how: str) -> None:
    visit, claim = world.visit(), world.claim()
    photo = world.send(visit, claim, jpeg(1), photos_expected=3)
    world.read(photo, jpeg(1))
    assert abandoned(world) == []
    later = utcnow()
    with world.database.write() as s:
        if how == "released":
            tasks.release_claim(s, world.scope("ann"), claim)
        elif how == "expired":
            later += timedelta(hours=73)
        elif how == "checked out":  # and a photo that raced with it made an audit after
            s.get_one(Visit, visit).checked_out_at = later
        else:
            s.get_one(tasks.TaskClaim, claim).state = "done"
    with clock_in_use(lambda: later):
        assert abandoned(world) == [photo.audit_id]
        with world.database.read() as s:
            assert unsettled_audits(s, utcnow() + timedelta(seconds=1)) == [photo.audit_id]
        decision = world.decide(photo)
    assert decision is not None
    assert decision.outcome == "pass"


def test_a_claim_holds_until_the_displays_begun_under_it_are_complete(world: World) -> None:
    visit, claim = world.visit(), world.claim()
    begun = world.send(visit, claim, jpeg(1), display="2", photos_expected=2)
    done = world.send(visit, claim, jpeg(2), display="1")
    world.read(done, jpeg(2))
    assert world.decide(done) is not None
    with world.database.write(world.scope("ada")) as s:
        done_too = audits.review(s, world.scope("ada"), done.audit_id, "approve", dismissals=NOT_THE_SAME)
        assert done_too.outcome == "pass"
    second = world.send(visit, claim, jpeg(3), audit_id=begun.audit_id)
    for photo, data in ((begun, jpeg(1)), (second, jpeg(3))):
        world.read(photo, data)
    assert world.decide(second) is not None
    with world.database.read() as s:
        assert s.scalars(select(Audit.state).order_by(Audit.id)).all() == ["in_review", "decided"]


def test_a_rep_who_taps_twice_has_his_claim_and_another_is_refused(world: World) -> None:
    told: list[str] = []

    def claim(login: str) -> None:
        try:
            told.append(world.claim(login))
        except Conflict as error:
            told.append(error.code)

    threads = [threading.Thread(target=claim, args=(login,)) for login in ("ann", "ben")]
    with world.database.write(world.scope("ann")) as s:
        mine = tasks.claim_task(s, world.scope("ann"), world.ids.tasks["COLA"], world.ids.outlets["E1"]).id
        for thread in threads:
            thread.start()
        time.sleep(0.3)  # both have looked, and wait for this transaction
    for thread in threads:
        thread.join()
    assert sorted(told) == sorted([mine, "claimed"])


@pytest.mark.parametrize("earlier", ["none", "open", "of this morning"])
def test_a_check_in_that_comes_twice_at_once_is_one_visit(world: World, earlier: str) -> None:
    """The second connection looks while the first has not committed; PostgreSQL would let it see nothing."""
    told: list[str] = []
    if earlier != "none":
        then = utcnow() - timedelta(hours=1 if earlier == "open" else 5)
        with clock_in_use(lambda: then):
            check_in(world)
    far = threading.Thread(target=lambda: told.append(check_in(world, LAT + 0.006).id))
    with world.database.write(world.scope("ann")) as s:
        near = closing.check_in(s, world.scope("ann"), world.ids.outlets["E1"], LAT, LON)
        far.start()
        time.sleep(0.3)  # it has looked, or waits for this transaction
    far.join()
    assert told == [near.id]
    with world.database.read() as s:
        [open_one] = s.scalars(select(Visit).where(Visit.checked_out_at.is_(None)))
        assert open_one.in_distance_m == pytest.approx(667, abs=1)  # neither position hides the farther one


def test_the_database_itself_keeps_a_second_open_visit_out(world: World) -> None:
    first = check_in(world)
    kept = {"brand_id": first.brand_id, "user_id": first.user_id, "outlet_id": first.outlet_id}
    with pytest.raises(IntegrityError), world.database.write() as s:
        s.add(Visit(**kept, checked_in_at=utcnow()))
    with world.database.write() as s:
        s.add(Visit(**kept, checked_in_at=utcnow(), checked_out_at=utcnow()))


def test_nobody_reviews_his_own_photos(world: World) -> None:
    world.fronts[jpeg(1)] = UNSURE
    waiting = world.audited(jpeg(1), login="root")  # an admin may do all that a rep may
    with pytest.raises(Forbidden), world.database.write(world.scope("root")) as s:
        audits.review(s, world.scope("root"), waiting.audit_id, "approve")
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), waiting.audit_id, "approve").outcome == "pass"


def test_a_task_is_claimed_at_outlets_of_its_brand(world: World) -> None:
    with pytest.raises(Invalid), world.database.write(world.scope("root")) as s:
        tasks.claim_task(s, world.scope("root"), world.ids.tasks["COLA"], world.ids.outlets["N1"])
    with world.database.read() as s:
        assert s.scalar(select(func.count()).select_from(tasks.TaskClaim)) == 0
