"""A newly enrolled SKU pays for nothing until people have confirmed it, front by front, often enough."""

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest
from sqlalchemy import func, select

from crm.audits import service as audits
from crm.audits import ticking
from crm.audits.tables import Decision, PhotoReading, Shadow
from crm.catalog import enrolling
from crm.catalog.tables import Catalogue
from crm.kernel.db import Database
from crm.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from crm.kernel.locks import lock
from crm.people import service as people
from crm.people.passwords import hash_password
from crm.stops.order import decisions_of
from crm.trials import service as trials
from crm.trials.tables import TrialChange, TrialDisplay, TrialTick
from pipeline.facts.trial import facts_if
from pipeline.rules.clauses import Clause, TaskRules
from pipeline.rules.rewards import simple_reward
from pipeline.texts import Text
from tests.integration.crm.colours import ColourWorld, drawing

_hashed_once = lru_cache(hash_password)
LIME = 'facings.sku["lime"]'


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> ColourWorld:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return ColourWorld(database)


def facts_of(world: ColourWorld, decision: Decision) -> dict[str, Any]:
    with world.database.read() as s:
        stored = s.scalars(select(PhotoReading).where(PhotoReading.audit_id == decision.audit_id)).one()
        return dict(stored.reading["facts"]["facings"]["sku"])


def standing(world: ColourWorld) -> trials.Standing:
    with world.database.read() as s:
        card = enrolling.card(s, world.brand, "lime")
        assert card is not None
        return trials.standings(s, world.brand, [card])["lime"]


def tick(world: ColourWorld, decision: Decision, is_lime: Callable[[int], bool], *, sister: bool = False) -> TrialTick:
    """Tick the asked fronts that the picture shows in green, by their order from the left; mark the others."""
    with world.database.write() as s:
        shown = ticking.on_trial(s, world.scope("ada"), decision.audit_id)
        assert shown is not None
        stored = s.scalars(select(PhotoReading).where(PhotoReading.audit_id == decision.audit_id)).one()
        boxes = stored.reading["detections"]
        order = sorted((each for each in shown.fronts if each.asked), key=lambda each: boxes[each.front]["box"][0])
        ticked = [each.key for number, each in enumerate(order) if is_lime(number)]
        sisters = [each.key for each in order if each.key not in ticked] if sister else []
        return ticking.tick(s, world.scope("ada"), decision.audit_id, ticked, sisters)


def confirmed(world: ColourWorld, *, sister: bool = False, wrong: bool = False) -> Decision:
    """A display of three limes, and a sister if so; two are sisters if wrong. Ticked and decided."""
    colours = ["lime", "sister", "sister"] if wrong else ["lime"] * 3 + ["sister"] * sister
    decision = world.shown(*colours)
    tick(world, decision, lambda number: colours[number] == "lime", sister=sister or wrong)
    with world.database.write(world.scope("ada")) as s:
        if wrong:
            return audits.review(s, world.scope("ada"), decision.audit_id, "refuse", "sisters")
        return audits.review(s, world.scope("ada"), decision.audit_id, "approve")


def test_a_name_on_trial_counts_in_best_and_high_and_pays_nothing(world: ColourWorld) -> None:
    decision = world.shown("lime", "lime", "lime", "cola")
    assert facts_of(world, decision)["lime"] == {"low": 0, "best": 3, "high": 3}
    assert facts_of(world, decision)["cola"] == {"low": 1, "best": 1, "high": 1}
    assert (decision.outcome, decision.entry_id, world.wallet_fen()) == ("review", None, 0)
    assert [each["code"] for each in decision.reasons] == ["on_trial", "clause_unsure"]
    with world.database.read() as s:
        shadow = s.get(Shadow, decision.id)
        assert shadow is not None
        assert (shadow.codes, shadow.verdict["outcome"], shadow.verdict["amount_fen"]) == (["lime"], "pass", 300)
        assert shadow.facts["facings"]["sku"]["lime"] == {"low": 3, "best": 3, "high": 3}
        assert audits.replay(s, decision.id).equal
        assert [each.code for each in s.scalars(select(TrialDisplay))] == ["lime"]
    assert decision.models["gallery"] == "shipped+1"


def test_a_photo_that_was_read_before_there_were_trials_goes_to_a_person(world: ColourWorld) -> None:
    """Its reading believed the name and keeps nothing that could tell its facts without it."""
    for colours, outcome in ((("lime", "lime", "lime"), "review"), (("cola", "rival"), "refuse")):
        outlet, data = world.outlet(), drawing(*colours) + b"tail of old"
        photo = world.send(world.visit(outlet=outlet), world.claim(outlet=outlet), data)
        world.read(photo, data)
        with world.database.write() as s:
            stored = s.scalars(select(PhotoReading).where(PhotoReading.photo_id == photo.id)).one()
            reading = {key: value for key, value in stored.reading.items() if key != "trial"}
            if "trial" in stored.reading:
                believed = facts_if(stored.reading, {"lime"})
                assert believed["facings"]["sku"]["lime"] == {"low": 3, "best": 3, "high": 3}  # type: ignore[index]
                reading["facts"] = believed
            stored.reading = reading
        decision = world.decide(photo)
        assert decision is not None
        assert (decision.outcome, decision.entry_id, world.wallet_fen()) == (outcome, None, 0)
        assert (decision.reasons[0]["code"] == "read_before_trials") == (outcome == "review")
    with world.database.read() as s:
        held = s.scalars(select(Decision).where(Decision.outcome == "review")).one()
        assert audits.replay(s, held.id).equal
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), held.audit_id, "approve").amount_fen == 300


def test_ticks_are_answered_after_the_decisions_under_way(world: ColourWorld) -> None:
    """A decision under way may have asked which trials are open: one that the ticks close, pays before."""
    waiting, answered = world.shown("lime", "lime", "lime"), threading.Event()

    def answer() -> None:
        tick(world, waiting, lambda _: False)
        answered.set()

    with world.database.write() as s:
        lock(s, shared=[decisions_of(world.brand)])
        thread = threading.Thread(target=answer)
        thread.start()
        assert not answered.wait(0.6)
    thread.join()
    assert answered.is_set()


def test_no_refusal_rests_on_a_name_on_trial(world: ColourWorld) -> None:
    few = TaskRules(
        (Clause("few", Text("No stranger", "无未识别"), "facings.unknown >= 2", "refuse"),), simple_reward(300), 1000
    )
    world.publish(few)
    decision = world.shown("lime", "lime", "lime")
    assert decision.outcome == "review"  # each may be something that nobody enrolled
    assert decision.verdict["clauses"][0]["measured"]["facings.unknown"] == {"low": 0, "best": 0, "high": 3}
    with world.database.read() as s:
        shadow = s.get(Shadow, decision.id)
        assert shadow is not None
        assert shadow.verdict["outcome"] == "refuse"
        assert s.scalar(select(func.count()).select_from(TrialDisplay)) == 0  # no payment would have been wrong


def test_a_payment_that_does_not_rest_on_it_is_made(world: ColourWorld) -> None:
    cola = TaskRules(
        (Clause("cola", Text("Two colas", "两个可乐"), 'facings.sku["cola"] >= 2', "refuse"),), simple_reward(300), 1000
    )
    world.publish(cola)
    decision = world.shown("lime", "lime", "cola", "cola")
    assert (decision.outcome, decision.kind, world.wallet_fen()) == ("pass", "automatic", 300)
    with world.database.read() as s:
        assert s.scalar(select(func.count()).select_from(TrialDisplay)) == 0


def test_only_ticked_fronts_confirm(world: ColourWorld) -> None:
    decision = world.shown("lime", "sister", "sister", "lime")
    assert facts_of(world, decision)["lime"]["best"] == 4  # the sister is surely lime to the embedder
    with pytest.raises(Conflict) as missing, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), decision.audit_id, "approve")
    assert missing.value.code == "ticks_missing"
    made = tick(world, decision, lambda number: number in (0, 3), sister=True)
    assert (made.is_right, made.sisters) == (False, ["lime"])
    assert sorted(each["is"] for each in made.fronts) == ["it", "it", "sister", "sister"]
    with pytest.raises(Conflict) as against, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), decision.audit_id, "approve")
    assert against.value.code == "ticks_against"
    assert (standing(world).counts.displays, standing(world).counts.wrong) == (1, 1)  # type: ignore[union-attr]
    made = tick(world, decision, lambda number: number in (0, 1, 3))  # three are enough
    assert made.is_right
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), decision.audit_id, "approve").amount_fen == 300
    with pytest.raises(Conflict) as done:
        tick(world, decision, lambda _: False)
    assert done.value.code == "already_reviewed"
    with world.database.read() as s:
        assert [each.is_right for each in s.scalars(select(TrialTick).order_by(TrialTick.id))] == [False, True]
    assert (standing(world).counts.displays, standing(world).counts.wrong) == (1, 0)  # type: ignore[union-attr]


def test_a_display_that_is_looked_at_again_is_ticked_again(world: ColourWorld) -> None:
    paid = confirmed(world)
    assert paid.entry_id is not None
    with world.database.write() as s:
        audits.reverse(s, world.scope("mia"), paid.audit_id, "two are sisters")
        audits.reopen(s, world.scope("ada"), paid.audit_id, "the rep contests it")
    with pytest.raises(Conflict) as missing, world.database.write(world.scope("mia")) as s:
        audits.review(s, world.scope("mia"), paid.audit_id, "approve")
    assert missing.value.code == "ticks_missing"
    tick(world, paid, lambda _: True)
    with world.database.write(world.scope("mia")) as s:
        assert audits.review(s, world.scope("mia"), paid.audit_id, "approve").amount_fen == 300


def test_who_may_tick_and_what(world: ColourWorld) -> None:
    decision = world.shown("lime", "lime", "lime", "odd")
    photo = facts = None
    with world.database.read(world.scope("ann")) as s:
        assert ticking.on_trial(s, world.scope("ann"), decision.audit_id) is None
    with world.database.read(world.scope("ada")) as s:
        shown = ticking.on_trial(s, world.scope("ada"), decision.audit_id)
        assert shown is not None
        assert [each.asked for each in shown.fronts] == [True, True, True, False]
        photo, other = shown.fronts[0].photo_id, shown.fronts[3].key
        with pytest.raises(NotFound):
            ticking.box_of(s, world.scope("ada"), decision.audit_id, photo, 99)
        assert all(0 <= side <= 1 for side in ticking.box_of(s, world.scope("ada"), decision.audit_id, photo, 0))
    with world.database.read(world.scope("zoe")) as s:
        with pytest.raises(NotFound):
            ticking.on_trial(s, world.scope("zoe"), decision.audit_id)
        with pytest.raises(NotFound):
            ticking.box_of(s, world.scope("zoe"), decision.audit_id, photo, 0)
    with world.database.read(world.scope("ann")) as s, pytest.raises(Forbidden):
        ticking.box_of(s, world.scope("ann"), decision.audit_id, photo, 0)
    assert facts is None
    for login, error in (("ann", Forbidden), ("zoe", NotFound)):
        with pytest.raises(error), world.database.write(world.scope(login)) as s:
            ticking.tick(s, world.scope(login), decision.audit_id, [], [])
    for ticked, sisters in (([other], []), ([(photo, 99)], []), ([shown.fronts[0].key], [shown.fronts[0].key])):
        with pytest.raises(Invalid), world.database.write(world.scope("ada")) as s:
            ticking.tick(s, world.scope("ada"), decision.audit_id, ticked, sisters)
    plain = world.shown("cola")
    with pytest.raises(Conflict), world.database.write(world.scope("ada")) as s:
        ticking.tick(s, world.scope("ada"), plain.audit_id, [], [])


def test_a_display_counts_once_in_its_period(world: ColourWorld) -> None:
    outlet = world.outlet()
    first, again = world.shown("lime", "lime", "lime", outlet=outlet), world.shown(*["lime"] * 4, outlet=outlet)
    with world.database.read() as s:
        rows = s.scalars(select(TrialDisplay).order_by(TrialDisplay.decision_no)).all()
    assert [(each.audit_id, each.counts) for each in rows] == [(first.audit_id, True), (again.audit_id, False)]


def test_it_opens_after_eighty_clean_displays_and_a_wrong_one_closes_it(
    world: ColourWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(79):
        confirmed(world, sister=number < 20)
    assert standing(world).state == "trial"
    waiting = world.shown("lime", "lime", "lime")
    assert world.shown("lime", "lime", "lime").outcome == "review"
    assert tick(world, waiting, lambda _: True).is_right  # the eightieth
    now = standing(world)
    assert now.counts is not None
    assert (now.state, now.counts.displays, now.counts.with_sister, now.counts.waiting) == ("open", 80, 20, 1)
    assert now.counts.bound <= 0.05

    monkeypatch.setattr(trials, "SAMPLE_ONE_IN", 10**12)
    paid = world.shown("lime", "lime", "lime")
    assert (paid.outcome, paid.kind, paid.amount_fen) == ("pass", "automatic", 300)
    assert (facts_of(world, paid)["lime"]["low"], paid.models["gallery"]) == (3, "shipped+1.1")
    read_before = world.send(world.visit(outlet="E1"), world.claim(outlet="E1"), b"%b" % _photo(world))
    world.read(read_before, _photo(world))

    monkeypatch.setattr(trials, "SAMPLE_ONE_IN", 1)
    sampled = world.shown("lime", "sister", "sister")
    assert (sampled.outcome, [each["code"] for each in sampled.reasons]) == ("review", ["trial_sample", "passed"])
    with world.database.read() as s:
        [told] = audits.reasons_told(s, world.scope("ann"), [sampled.reasons])
        assert [each.code for each in told] == ["stopped", "passed"]
        [whole] = audits.reasons_told(s, world.scope("ada"), [sampled.reasons])
        assert [(each.code, each.en, each.zh) for each in whole] == [
            (each["code"], each["en"], each["zh"]) for each in sampled.reasons
        ]
    tick(world, sampled, lambda number: number == 0, sister=True)
    assert standing(world).state == "closed"
    late = world.decide(read_before)  # its names were believed when it was read
    assert late is not None
    assert (late.outcome, late.reasons[0]["code"]) == ("review", "on_trial")
    after = world.shown("lime", "lime", "lime")
    assert (after.outcome, after.models["gallery"]) == ("review", "shipped+1.2")
    with world.database.read() as s:
        told = s.scalars(select(TrialChange).order_by(TrialChange.number)).all()
        assert [(each.state, each.displays, each.wrong, each.with_sister) for each in told] == [
            ("open", 80, 0, 20), ("closed", 80, 0, 20),
        ]  # fmt: skip
        assert s.scalars(select(Catalogue.open_trials).where(Catalogue.brand_id == world.brand)).one() == []
        assert all(each.changed_by == world.ids.users["ada"] for each in told)


def _photo(world: ColourWorld) -> bytes:
    return drawing("lime", "lime", "lime") + b"tail before"


def test_other_pictures_begin_a_new_trial_and_another_name_does_not(world: ColourWorld) -> None:
    confirmed(world, wrong=True)
    world.enrol(name="Lime, renamed")
    assert standing(world).counts.wrong == 1  # type: ignore[union-attr]
    world.enrol(b"4", b"5", b"6")
    assert standing(world).counts.displays == 0  # type: ignore[union-attr]
    world.enrol()  # the first pictures again
    assert standing(world).counts.wrong == 1  # type: ignore[union-attr]
