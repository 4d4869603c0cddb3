"""The auditors' queue: order, approve, refuse, correct, and two who decide at once."""

import threading

import pytest
from sqlalchemy import select

from crm.audits import service as audits
from crm.audits.tables import Correction, Decision
from crm.db import utcnow
from crm.errors import Conflict, Forbidden, Invalid, NotFound
from crm.ledger.checks import check_ledger
from tests.integration.crm.world import World, jpeg

UNSURE = {"cola": (5, 6, 7), "lime": (0, 0, 0), "rival": (0, 0, 0)}
COLA = 'facings.sku["cola"]'


def in_review(world: World, seed: int = 1, **rest: str) -> Decision:
    world.fronts[jpeg(seed)] = UNSURE
    decision = world.audited(jpeg(seed), **rest)
    assert decision.outcome == "review"
    return decision


def test_approve_pays_what_the_rules_give_at_the_best_estimates(world: World) -> None:
    waiting = in_review(world)
    with world.database.write() as s:
        done = audits.review(s, world.scope("ada"), waiting.audit_id, "approve")
        assert (done.seq, done.kind, done.outcome, done.amount_fen) == (2, "approve", "pass", 200)
        assert done.decided_by == world.ids.users["ada"]
    assert (world.wallet_fen(), world.budget_fen()) == (200, 800)
    with world.database.read() as s:
        assert check_ledger(s) == []
        assert audits.review_queue(s, world.scope("ada")).items == ()
        assert audits.get_audit(s, world.scope("ann"), waiting.audit_id).audit.state == "decided"
        assert all(audits.replay(s, each).equal for each in (waiting.id, done.id))


def test_an_amount_by_hand_is_bounded(world: World) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid, match="10000"), world.database.write() as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "approve", amount_fen=10_001)
    with world.database.write() as s:
        assert audits.review(s, world.scope("ada"), waiting.audit_id, "approve", amount_fen=150).amount_fen == 150
    assert world.wallet_fen() == 150


def test_approving_what_the_best_estimates_fail_needs_an_amount(world: World) -> None:
    world.fronts[jpeg(1)] = {"cola": (4, 5, 7), "lime": (0, 0, 0), "rival": (0, 0, 0)}
    waiting = world.audited(jpeg(1))
    with pytest.raises(Invalid, match="give an amount"), world.database.write() as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "approve")


def test_refuse_needs_a_reason_and_pays_nothing(world: World) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid, match="reason"), world.database.write() as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "refuse", " ")
    with world.database.write() as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "refuse", "an old poster, not a display")
    assert (world.wallet_fen(), world.budget_fen()) == (0, 1000)
    with world.database.read() as s:
        told = audits.explain(s, world.scope("ann"), waiting.audit_id)
        assert told["decision"]["outcome"] == "refuse"
        assert told["decision"]["comment"] == "an old poster, not a display"
        assert [each["outcome"] for each in told["history"]] == ["review", "refuse"]
        assert audits.replay(s, told["decision"]["id"]).equal


@pytest.mark.parametrize(("count", "outcome", "fen"), [(7, "pass", 200), (12, "pass", 300), (5, "refuse", 0)])
def test_a_correction_decides_again_and_is_kept(world: World, count: int, outcome: str, fen: int) -> None:
    waiting = in_review(world)
    with world.database.write() as s:
        done = audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts={COLA: count})
        assert (done.outcome, done.amount_fen) == (outcome, fen)
        assert done.facts["facings"]["sku"]["cola"] == {"low": count, "best": count, "high": count}
    with world.database.read() as s:
        kept = s.scalars(select(Correction)).one()
        assert (kept.path, kept.read, kept.value) == (COLA, {"low": 5, "best": 6, "high": 7}, count)
        assert audits.replay(s, done.id).equal
    assert world.wallet_fen() == fen


def test_a_correction_that_settles_nothing_stays_in_the_queue(world: World) -> None:
    waiting = in_review(world)
    with world.database.write() as s:
        again = audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts={"rows.count": 2})
        assert again.outcome == "review"
    with world.database.read() as s:
        assert [item.audit_id for item in audits.review_queue(s, world.scope("ada")).items] == [waiting.audit_id]


@pytest.mark.parametrize("facts", [None, {}, {"nonsense": 1}, {COLA: -1}, {COLA: 1.5}, {"share.own": 2}, {COLA: True}])
def test_a_wrong_correction_is_refused(world: World, facts: dict[str, float] | None) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid) as caught, world.database.write() as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts=facts)
    assert caught.value.field == "facts"


def test_a_sku_that_no_catalogue_knows_is_refused(world: World) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid) as caught, world.database.write() as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts={'facings.sku["clola"]': 7})
    assert (caught.value.field, caught.value.code) == ("facts", "unknown_sku")
    with world.database.read() as s:
        assert audits.review_queue(s, world.scope("ada")).items[0].audit_id == waiting.audit_id


def test_of_two_auditors_at_once_the_second_is_told(world: World) -> None:
    waiting = in_review(world)
    outcomes: list[str] = []
    both = threading.Barrier(2)

    def decide() -> None:
        both.wait()
        try:
            with world.database.write() as s:
                audits.review(s, world.scope("ada"), waiting.audit_id, "approve")
            outcomes.append("approved")
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_reviewed", "approved"]
    assert world.wallet_fen() == 200


def test_the_queue_goes_by_money_and_uncertainty_in_pages(world: World) -> None:
    low = in_review(world, 1, display="1")
    world.fronts[jpeg(2)] = {"cola": (8, 10, 11), "lime": (0, 0, 0), "rival": (0, 0, 0)}
    high = world.audited(jpeg(2), display="2")
    same = in_review(world, 3, display="3")
    with world.database.read() as s:
        first = audits.review_queue(s, world.scope("ada"), limit=2)
        second = audits.review_queue(s, world.scope("mia"), first.next, limit=2)
    seen = [item.audit_id for item in (*first.items, *second.items)]
    priorities = [item.priority for item in (*first.items, *second.items)]
    assert sorted(seen) == sorted([low.audit_id, high.audit_id, same.audit_id])
    assert priorities == sorted(priorities, reverse=True)
    assert second.next is None


def test_only_the_brands_own_auditors_see_and_decide(world: World) -> None:
    waiting = in_review(world)
    with world.database.read() as s:
        assert audits.review_queue(s, world.scope("zoe")).items == ()
        assert len(audits.review_queue(s, world.scope("root")).items) == 1
        with pytest.raises(Forbidden):
            audits.review_queue(s, world.scope("ann"))
    with pytest.raises(NotFound), world.database.write() as s:
        audits.review(s, world.scope("zoe"), waiting.audit_id, "approve")
    with pytest.raises(Forbidden), world.database.write() as s:
        audits.review(s, world.scope("ann"), waiting.audit_id, "approve")


def test_decisions_are_told_in_order_to_whom_they_concern(world: World) -> None:
    with world.database.read() as s:
        start = audits.last_decision_no(s, world.scope("ann"))
    mine = world.audited(jpeg(1))
    other = world.audited(jpeg(2), login="ben", outlet="E2")
    with world.database.read() as s:
        assert [each.id for each in audits.decisions_since(s, world.scope("ann"), start)] == [mine.id]
        assert [each.id for each in audits.decisions_since(s, world.scope("ada"), start)] == [mine.id, other.id]
        assert audits.decisions_since(s, world.scope("zoe"), start) == []
        assert mine.created_at <= utcnow()
