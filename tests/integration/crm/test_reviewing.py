"""The auditors' queue: order, approve, refuse, correct, and two who decide at once."""

import threading
from typing import Any

import pytest
from sqlalchemy import inspect, select, update
from sqlalchemy.exc import DBAPIError

from crm.audits import service as audits
from crm.audits.tables import Correction, Decision, FlagDismissal
from crm.kernel.clock import utcnow
from crm.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from crm.kernel.ids import new_id
from crm.ledger.checks import check_ledger
from pipeline.flags import flag
from pipeline.rules.rule_engine import FEN_MAX
from tests.integration.crm.world import BUDGET_FEN, World, jpeg

UNSURE = {"cola": (5, 6, 7), "lime": (0, 0, 0), "rival": (0, 0, 0)}
COLA = 'facings.sku["cola"]'


def in_review(world: World, seed: int = 1, **rest: str) -> Decision:
    world.fronts[jpeg(seed)] = UNSURE
    decision = world.audited(jpeg(seed), **rest)
    assert decision.outcome == "review"
    return decision


def test_approve_pays_what_the_rules_give_at_the_best_estimates(world: World) -> None:
    waiting = in_review(world)
    with world.database.write(world.scope("ada")) as s:
        done = audits.review(s, world.scope("ada"), waiting.audit_id, "approve")
        assert (done.seq, done.kind, done.outcome, done.amount_fen) == (2, "approve", "pass", 200)
        assert done.decided_by == world.ids.users["ada"]
    assert (world.wallet_fen(), world.budget_fen()) == (200, BUDGET_FEN - 200)
    with world.database.read() as s:
        assert check_ledger(s) == []
        assert audits.review_queue(s, world.scope("ada")).items == ()
        assert audits.get_audit(s, world.scope("ann"), waiting.audit_id).audit.state == "decided"
        assert all(audits.replay(s, each).equal for each in (waiting.id, done.id))


def test_an_amount_by_hand_needs_a_reason_where_the_rules_give_another(world: World) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid, match="say why") as caught, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "approve", " ", amount_fen=150)
    assert caught.value.field == "reason"
    for wrong in (-1, True, FEN_MAX + 1):
        with pytest.raises(Invalid) as caught, world.database.write(world.scope("ada")) as s:
            audits.review(s, world.scope("ada"), waiting.audit_id, "approve", "one is torn", amount_fen=wrong)
        assert caught.value.field == "amount_fen"
    with world.database.write(world.scope("ada")) as s:
        done = audits.review(s, world.scope("ada"), waiting.audit_id, "approve", "one is torn", amount_fen=150)
        assert (done.amount_fen, done.comment) == (150, "one is torn")
    assert world.wallet_fen() == 150


def test_the_amount_that_the_rules_give_needs_no_reason(world: World) -> None:
    waiting = in_review(world)
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), waiting.audit_id, "approve", amount_fen=200).amount_fen == 200


def test_approving_what_the_best_estimates_fail_needs_an_amount(world: World) -> None:
    world.fronts[jpeg(1)] = {"cola": (4, 5, 7), "lime": (0, 0, 0), "rival": (0, 0, 0)}
    waiting = world.audited(jpeg(1))
    with pytest.raises(Invalid, match="give an amount"), world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "approve")


def test_refuse_needs_a_reason_and_pays_nothing(world: World) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid, match="reason"), world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "refuse", " ")
    with world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "refuse", "an old poster, not a display")
    assert (world.wallet_fen(), world.budget_fen()) == (0, BUDGET_FEN)
    with world.database.read() as s:
        told = audits.explain(s, world.scope("ann"), waiting.audit_id)
        decision = world.told(waiting.audit_id, "ann")
        assert (decision.outcome, decision.comment) == ("refuse", "an old poster, not a display")
        assert [each.outcome for each in told.history] == ["review", "refuse"]
        assert audits.replay(s, decision.id).equal


@pytest.mark.parametrize(("count", "outcome", "fen"), [(7, "pass", 200), (12, "pass", 300), (5, "refuse", 0)])
def test_a_correction_decides_again_and_is_kept(world: World, count: int, outcome: str, fen: int) -> None:
    waiting = in_review(world)
    with world.database.write(world.scope("ada")) as s:
        seen = {COLA: count} if count > 7 else {}  # more than was held possible, and no box shows
        done = audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts={COLA: count}, confirm=seen)
        assert (done.outcome, done.amount_fen) == (outcome, fen)
        assert done.facts["facings"]["sku"]["cola"] == {"low": count, "best": count, "high": count}
    with world.database.read() as s:
        kept = s.scalars(select(Correction)).one()
        assert (kept.path, kept.read, kept.value) == (COLA, {"low": 5, "best": 6, "high": 7}, count)
        assert audits.replay(s, done.id).equal
    assert world.wallet_fen() == fen


def test_a_correction_that_settles_nothing_stays_in_the_queue(world: World) -> None:
    waiting = in_review(world)
    with world.database.write(world.scope("ada")) as s:
        again = audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts={"rows.count": 1})
        assert again.outcome == "review"
    with world.database.read(world.scope("ada")) as s:
        assert [item.audit_id for item in audits.review_queue(s, world.scope("ada")).items] == [waiting.audit_id]


@pytest.mark.parametrize("facts", [None, {}, {"nonsense": 1}, {COLA: -1}, {COLA: 1.5}, {"share.own": 2}, {COLA: True}])
def test_a_wrong_correction_is_refused(world: World, facts: dict[str, float] | None) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid) as caught, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts=facts)
    assert caught.value.field == "facts"


def test_a_sku_that_no_catalogue_knows_is_refused(world: World) -> None:
    waiting = in_review(world)
    with pytest.raises(Invalid) as caught, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts={'facings.sku["clola"]': 7})
    assert (caught.value.field, caught.value.code) == ("facts", "unknown_sku")
    with world.database.read(world.scope("ada")) as s:
        assert audits.review_queue(s, world.scope("ada")).items[0].audit_id == waiting.audit_id


def near_duplicate(world: World) -> Decision:
    """A photo that nearly equals a paid one, at another outlet: 8 colas for sure."""
    world.hashes = {jpeg(1): bytes(32), jpeg(2): b"\x01" + bytes(31)}
    assert world.audited(jpeg(1)).amount_fen == 200
    caught = world.audited(jpeg(2), login="ben", outlet="E2")
    assert [flag["code"] for flag in caught.flags] == ["near_duplicate"]
    return caught


def test_neither_correcting_nor_approving_pays_a_duplicate(world: World) -> None:
    caught = near_duplicate(world)
    with world.database.write(world.scope("ada")) as s:
        again = audits.review(s, world.scope("ada"), caught.audit_id, "correct", "counted", facts={COLA: 8})
        assert (again.outcome, again.entry_id) == ("review", None)
        assert [flag["code"] for flag in again.flags] == ["near_duplicate"]
    for rest in ({}, {"amount_fen": 200}):
        with pytest.raises(Conflict, match="dismiss each") as refused, world.database.write(world.scope("ada")) as s:
            audits.review(s, world.scope("ada"), caught.audit_id, "approve", "looks good", **rest)
        assert (refused.value.code, refused.value.more) == ("flags_stand", {"flags": ["near_duplicate"]})
    assert world.wallet_fen("ben") == 0
    with world.database.read() as s:
        assert all(audits.replay(s, each).equal for each in (caught.id, again.id))
        told = audits.explain(s, world.scope("ada"), caught.audit_id)
        assert [flag.code for flag in told.to_dismiss] == ["near_duplicate"]


def test_a_flag_that_an_earlier_version_cleared_stands(world: World) -> None:
    """A correction that settled nothing once left a decision without flags in the queue."""
    caught = near_duplicate(world)
    with world.database.write() as s:
        columns = {each.key: getattr(caught, each.key) for each in inspect(Decision).mapper.column_attrs}
        s.add(Decision(**columns | {"no": None, "id": new_id(), "seq": 2, "kind": "correct", "flags": []}))
    with pytest.raises(Conflict) as refused, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), caught.audit_id, "approve")
    assert refused.value.code == "flags_stand"


@pytest.mark.parametrize("rest", [{"action": "approve"}, {"action": "correct", "facts": {COLA: 8}}])
def test_a_flag_that_is_dismissed_with_a_reason_no_longer_stands(world: World, rest: dict[str, Any]) -> None:
    caught = near_duplicate(world)
    why = {"near_duplicate": "two coolers of one kind: another shop front"}
    with world.database.write(world.scope("ada")) as s:
        done = audits.review(s, world.scope("ada"), caught.audit_id, **rest, dismissals=why)
        assert (done.outcome, done.amount_fen, done.flags) == ("pass", 200, [])
    with world.database.read() as s:
        assert audits.replay(s, done.id).equal
        [kept] = audits.explain(s, world.scope("mia"), caught.audit_id).dismissals
        assert (kept.flag.code, kept.reason, kept.by) == ("near_duplicate", why["near_duplicate"], "Ada")
        [mine] = audits.explain(s, world.scope("ben"), caught.audit_id).dismissals
        assert (mine.flag.code, mine.reason, mine.by) == ("near_duplicate", None, None)  # a rep reads that
    assert world.wallet_fen("ben") == 200


@pytest.mark.parametrize(
    "dismissals", [{"near_duplicate": " "}, {"exact_duplicate": "not that"}, {"near_duplicate": "no", "cut_top": "no"}]
)
def test_a_dismissal_names_a_flag_that_stands_and_says_why(world: World, dismissals: dict[str, str]) -> None:
    caught = near_duplicate(world)
    with pytest.raises(Invalid) as refused, world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), caught.audit_id, "approve", dismissals=dismissals)
    assert refused.value.field == "dismissals"
    with world.database.read() as s:
        assert s.scalars(select(FlagDismissal)).all() == []


def test_a_dismissal_is_kept_for_the_next_try_and_cannot_be_changed(world: World) -> None:
    caught = near_duplicate(world)
    with world.database.write(world.scope("ada")) as s:
        why = {"near_duplicate": "another shop front"}
        facts = {"rows.count": 1}
        kept = audits.review(s, world.scope("ada"), caught.audit_id, "correct", facts=facts, dismissals=why)
    assert (kept.outcome, world.wallet_fen("ben")) == ("pass", 200)
    with pytest.raises(DBAPIError), world.database.write() as s:
        s.execute(update(FlagDismissal).values(reason="nothing to see"))


def test_a_flag_with_a_scope_needs_no_dismissal(world: World) -> None:
    world.flags[jpeg(1)] = [flag("cut_top")]
    waiting = in_review(world)
    assert [each["code"] for each in waiting.flags] == ["cut_top"]
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), waiting.audit_id, "approve").amount_fen == 200


@pytest.mark.parametrize("facts", [{COLA: 200}, {"facings.own": 200}, {COLA: 8, "rows.count": 2}])
def test_numbers_beyond_the_boxes_are_asked_for_again(world: World, facts: dict[str, int]) -> None:
    """The fake vision draws no box, so what the reading holds possible is all there is: 7 colas in 1 row."""
    waiting = in_review(world)
    wrong: list[dict[str, float]] = [{}, dict.fromkeys(facts, 7), {"facings.total": 9}]
    for confirm in wrong:
        with pytest.raises(Conflict) as caught, world.database.write(world.scope("ada")) as s:
            audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts=facts, confirm=confirm)
        assert caught.value.code == "numbers_beyond_boxes"
        assert caught.value.more == {"bounds": {path: 1 if path == "rows.count" else 7 for path in facts}}
    assert world.wallet_fen() == 0
    with world.database.write(world.scope("ada")) as s:
        done = audits.review(s, world.scope("ada"), waiting.audit_id, "correct", facts=facts, confirm=facts)
        assert done.reasons[1]["code"] == "numbers_repeated"
        assert str(facts[next(iter(facts))]) in done.reasons[1]["zh"]


def test_of_two_auditors_at_once_the_second_is_told(world: World) -> None:
    waiting = in_review(world)
    outcomes: list[str] = []
    both = threading.Barrier(2)

    def decide() -> None:
        both.wait()
        try:
            with world.database.write(world.scope("ada")) as s:
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
    for login, number in (("zoe", 0), ("root", 1)):
        with world.database.read(world.scope(login)) as s:
            assert len(audits.review_queue(s, world.scope(login)).items) == number
    with world.database.read(world.scope("ann")) as s, pytest.raises(Forbidden):
        audits.review_queue(s, world.scope("ann"))
    with pytest.raises(NotFound), world.database.write(world.scope("zoe")) as s:
        audits.review(s, world.scope("zoe"), waiting.audit_id, "approve")
    with pytest.raises(Forbidden), world.database.write(world.scope("ann")) as s:
        audits.review(s, world.scope("ann"), waiting.audit_id, "approve")


def test_decisions_are_told_in_order_to_whom_they_concern(world: World) -> None:
    start = {}
    for login in ("ann", "ada", "zoe"):
        with world.database.read(world.scope(login)) as s:
            start[login] = audits.from_now_on(s, world.scope(login))
    mine = world.audited(jpeg(1))
    other = world.audited(jpeg(2), login="ben", outlet="E2")
    told = {}
    for login, since in start.items():
        with world.database.read(world.scope(login)) as s:
            told[login] = [each.id for each in audits.decisions_since(s, world.scope(login), since)[0]]
    assert told == {"ann": [mine.id], "ada": [mine.id, other.id], "zoe": []}
    assert mine.created_at <= utcnow()
