"""From a stop on nothing that it concerns is decided without a person, on both databases."""

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crm.access.scope import Scope
from crm.audits import service as audits
from crm.audits.locking import lock_audit, lock_displays
from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision, ReviewItem
from crm.kernel.errors import Forbidden, Invalid, NotFound
from crm.ledger.checks import check_ledger
from crm.stops import service as stops
from crm.stops.tables import Stop
from tests.integration.crm.world import World, jpeg

OPERATOR = Scope("", "admin")


def stop(world: World, kind: str, target: str, login: str = "mia", brand_id: str | None = None) -> Stop:
    with world.database.write(world.scope(login)) as s:
        return stops.stop(s, world.scope(login), kind, target, "looks wrong", brand_id)


def open_again(world: World, stop_id: str, login: str = "mia") -> None:
    with world.database.write(world.scope(login)) as s:
        stops.open_again(s, world.scope(login), stop_id, "was right after all")


def read_photo(world: World, seed: int, task: str = "COLA", outlet: str = "E1") -> Photo:
    """Sent and read, and not decided."""
    lat = 31.2304 + (0.05 if outlet == "E2" else 0.0)
    photo = world.send(world.visit("ann", outlet, lat), world.claim("ann", task, outlet), jpeg(seed))
    world.read(photo, jpeg(seed))
    return photo


def held(decision: Decision | None) -> bool:
    assert decision is not None
    return (decision.outcome, decision.entry_id, decision.reasons[0]["code"]) == ("review", None, "stopped")


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("task", "COLA"),
        ("sku", "cola"),
        ("sku", "rival"),  # seen beside it
        ("model", "detector:fake-1"),
        ("model", "gallery:demo"),
        ("brand", "Lumo"),
    ],
)
def test_the_next_display_goes_to_a_person_until_it_is_opened_again(world: World, kind: str, target: str) -> None:
    waiting = read_photo(world, 1)  # before the stop
    ids = world.ids.tasks | world.ids.brands
    row = stop(world, kind, ids.get(target, target))
    assert stop(world, kind, ids.get(target, target), "ada").id == row.id  # the first one again
    decision = world.decide(waiting)
    assert held(decision)
    assert decision is not None
    assert (decision.amount_fen, decision.verdict["outcome"]) == (200, "pass")  # the verdict is as it would have been
    assert world.wallet_fen() == 0
    with world.database.read() as s:
        assert audits.replay(s, decision.id).equal
        assert s.scalars(select(ReviewItem.state)).all() == ["open"]
    open_again(world, row.id)
    open_again(world, row.id)
    assert world.audited(jpeg(2), outlet="E2").outcome == "pass"
    with world.database.write() as s:  # what it held is still for a person, who may pay
        paid = audits.review(s, world.scope("ada"), decision.audit_id, "approve")
    assert (paid.outcome, paid.amount_fen, world.wallet_fen()) == ("pass", 200, 400)


def test_a_person_may_pay_during_a_stop_and_a_refusal_goes_to_him_too(world: World) -> None:
    stop(world, "task", world.ids.tasks["COLA"])
    world.fronts[jpeg(1)] = {"cola": (0, 0, 0), "lime": (0, 0, 0), "rival": (9, 9, 9)}
    poor = world.audited(jpeg(1))
    assert held(poor)
    assert poor.verdict["outcome"] == "refuse"
    good = world.audited(jpeg(2), outlet="E2")
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), good.audit_id, "approve").entry_id is not None
        audits.review(s, world.scope("ada"), poor.audit_id, "refuse", "there is none")
    with world.database.read() as s:
        assert check_ledger(s) == []


def test_other_tasks_skus_versions_and_brands_go_on(world: World) -> None:
    stop(world, "task", world.ids.tasks["SHARE"])
    stop(world, "sku", "lime")  # neither named nor seen
    stop(world, "model", "detector:fake-2")
    stop(world, "brand", world.ids.brands["Other"], "root")
    stop(world, "model", "detector:fake-1", "root", world.ids.brands["Other"])
    assert world.audited(jpeg(1)).outcome == "pass"
    everywhere = stop(world, "model", "detector:fake-1", "root")
    assert everywhere.brand_id is None
    assert held(world.audited(jpeg(2), outlet="E2"))


def test_what_is_stopped_twice_is_opened_twice(world: World) -> None:
    both = [stop(world, "model", "detector:fake-1", "root"), stop(world, "model", "detector:fake-1", "mia")]
    assert both[0].id != both[1].id
    with pytest.raises(Forbidden, match="admin"):
        open_again(world, both[0].id)
    open_again(world, both[0].id, "root")
    assert held(world.audited(jpeg(1)))
    open_again(world, both[1].id)
    again = stop(world, "model", "detector:fake-1", "mia")
    assert again.id != both[1].id  # a new one: the old one stays opened


def _later(act: Callable[[], object]) -> tuple[threading.Thread, list[float]]:
    done: list[float] = []

    def run() -> None:
        act()
        done.append(time.monotonic())

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


@pytest.mark.parametrize("everywhere", [False, True])
def test_once_a_stop_is_answered_no_decision_under_way_pays(world: World, everywhere: bool) -> None:
    """A decision that is under way, and has not paid yet, goes first: the stop is answered after it."""
    photo = read_photo(world, 1)
    kind, target = ("model", "detector:fake-1") if everywhere else ("task", world.ids.tasks["COLA"])
    with world.database.write() as s:
        lock_displays(s, lock_audit(s, photo.audit_id))
        thread, answered = _later(lambda: stop(world, kind, target, "root" if everywhere else "mia"))
        time.sleep(0.4)
        assert answered == []
        decision = audits.decide_audit(s, photo.audit_id)
        assert decision is not None
        assert decision.outcome == "pass"
        time.sleep(0.2)
        assert answered == []  # not before the payment is committed
        committed = time.monotonic()
    thread.join()
    assert answered[0] >= committed
    assert held(world.audited(jpeg(2), outlet="E2"))


def test_a_decision_that_waits_for_a_stop_is_held(world: World) -> None:
    photo = read_photo(world, 1)
    made: list[Decision | None] = []
    with world.database.write(world.scope("mia")) as s:
        stops.stop(s, world.scope("mia"), "task", world.ids.tasks["COLA"], "looks wrong")
        thread, _ = _later(lambda: made.append(world.decide(photo)))
        time.sleep(0.4)
        assert made == []
    thread.join()
    assert held(made[0])


def test_two_who_stop_at_once_make_one_stop(world: World) -> None:
    task, found = world.ids.tasks["COLA"], list[str]()
    with world.database.write(world.scope("mia")) as s:
        first = stops.stop(s, world.scope("mia"), "task", task, "looks wrong")
        thread, _ = _later(lambda: found.append(stop(world, "task", task, "ada").id))
        time.sleep(0.4)
    thread.join()
    assert found == [first.id]


def test_who_when_and_why_are_told_and_cannot_be_changed(world: World) -> None:
    row = stop(world, "task", world.ids.tasks["COLA"], "ada")
    with world.database.write() as s:
        night = stops.stop(
            s, OPERATOR, "brand", world.ids.brands["Lumo"], " too  many\nat night ", operator="operator x"
        )
    decision = world.audited(jpeg(1))
    with world.database.read() as s:
        [for_rep] = audits.reasons_told(s, world.scope("ann"), [decision.reasons])
        [for_auditor] = audits.reasons_told(s, world.scope("ada"), [decision.reasons])
    assert [reason.code for reason in for_rep] == ["stopped", "passed"]
    assert for_rep[0].en == "A person looks at this display."
    assert [reason.stop for reason in for_rep] == [None, None]
    assert "Ada" not in str(for_rep)
    assert [reason.stop for reason in for_auditor] == [row.id, night.id, None]
    assert "Cola block was stopped by Ada: looks wrong." in for_auditor[0].en
    assert "Lumo was stopped by operator x: too many at night." in for_auditor[1].en
    open_again(world, row.id)
    with world.database.read(world.scope("mia")) as s:
        listed = stops.list_stops(s, world.scope("mia"), in_force_only=False).items
        assert [card.stop.id for card in stops.list_stops(s, world.scope("mia")).items] == [night.id]
        assert stops.counts(s) == {"task": 0, "sku": 0, "model": 0, "brand": 1}
    [_, opened] = listed
    assert opened.opening is not None
    assert (opened.by, opened.opened_by, opened.opening.reason) == ("Ada", "Mia", "was right after all")
    for statement in ("UPDATE stop SET reason = 'x'", "DELETE FROM stop_opening", "DELETE FROM stop"):
        with pytest.raises(DBAPIError, match="append-only"), world.database.write() as s:
            s.execute(text(statement))


def test_who_may_stop_and_who_may_open(world: World) -> None:
    task = world.ids.tasks["COLA"]
    with pytest.raises(Forbidden):
        stop(world, "task", task, "ann")
    for kind, target in (("task", task), ("brand", world.ids.brands["Lumo"])):
        with pytest.raises(NotFound):
            stop(world, kind, target, "zoe")
    with pytest.raises(NotFound):
        stop(world, "model", "detector:3", "zoe", world.ids.brands["Lumo"])
    row = stop(world, "task", task, "ada")
    with pytest.raises(Forbidden):
        open_again(world, row.id, "ada")
    with world.database.read(world.scope("zoe")) as s:
        assert stops.list_stops(s, world.scope("zoe")).items == ()
        with pytest.raises(NotFound):
            stops.get_stop(s, world.scope("zoe"), row.id)
    with world.database.read(world.scope("ann")) as s, pytest.raises(Forbidden):
        stops.list_stops(s, world.scope("ann"))
    open_again(world, row.id, "root")


def test_what_cannot_be_stopped_is_refused(world: World) -> None:
    for kind, target in (("task", "nothing"), ("sku", "nothing"), ("brand", "nothing")):
        with pytest.raises(NotFound):
            stop(world, kind, target)
    for kind, target in (("model", "3"), ("model", "camera:3"), ("rep", "ann")):
        with pytest.raises(Invalid):
            stop(world, kind, target)
    with pytest.raises(Invalid):
        stop(world, "sku", "cola", "root")  # of which brand?
    for reason in ("", "  \n", "x" * 201):
        with pytest.raises(Invalid) as caught, world.database.write(world.scope("mia")) as s:
            stops.stop(s, world.scope("mia"), "sku", "cola", reason)
        assert caught.value.field == "reason"


def test_targets_say_what_stands_stopped(world: World) -> None:
    world.audited(jpeg(1))
    row, sku = stop(world, "task", world.ids.tasks["COLA"]), stop(world, "sku", "cola")
    model = stop(world, "model", "detector:fake-1", "root")
    scope = world.scope("ada")
    with world.database.read(scope) as s:
        told = {
            kind: {each.target: each.stops for each in stops.list_targets(s, scope, kind).items}
            for kind in ("task", "sku", "brand")
        }
        models = {each.target: each.stops for each in audits.model_targets(s, scope)}
        first = stops.list_targets(s, scope, "sku", limit=2)
        rest = stops.list_targets(s, scope, "sku", first.next, limit=2)
    assert told["task"] == {world.ids.tasks["COLA"]: (row.id,), world.ids.tasks["SHARE"]: ()}
    assert told["sku"] == {"cola": (sku.id,), "lime": (), "rival": ()}
    assert told["brand"] == {world.ids.brands["Lumo"]: ()}
    assert models == {"detector:fake-1": (model.id,), "embedder:fake-1": (), "gallery:demo": ()}
    assert [each.target for each in (*first.items, *rest.items)] == ["rival", "lime", "cola"]
