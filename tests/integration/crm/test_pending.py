"""A reviewer's decision waits some seconds before it is carried out, once, and can be undone until then."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from crm.audits import pending
from crm.audits import service as audits
from crm.audits.photos.tables import Audit
from crm.audits.service import UNDO_S, Asked
from crm.audits.tables import Decision, PendingReview
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.errors import Conflict, CrmError, Forbidden, Invalid, NotFound
from crm.ledger.checks import check_ledger
from crm.ledger.service import find_account, open_account, post
from crm.people.tables import User
from tests.integration.crm.world import BUDGET_FEN, World, jpeg

LIKELY = {"cola": (5, 6, 7), "lime": (0, 0, 0), "rival": (2, 2, 2)}
APPROVE = Asked("approve", seq=1)


def in_review(world: World, seed: int = 1, login: str = "ann", outlet: str = "E1") -> Decision:
    world.fronts[jpeg(seed)] = LIKELY
    return world.audited(jpeg(seed), login, outlet=outlet)


def lay(world: World, audit_id: str, login: str = "ada", asked: Asked = APPROVE) -> PendingReview:
    with world.database.write(world.scope(login)) as s:
        return audits.lay(s, world.scope(login), audit_id, asked).pending


def undo(world: World, kept: PendingReview, login: str = "ada") -> None:
    with world.database.write(world.scope(login)) as s:
        audits.undo(s, world.scope(login), kept.id)


@contextmanager
def later(seconds: float) -> Iterator[None]:
    then = utcnow() + timedelta(seconds=seconds)
    with clock_in_use(lambda: then):
        yield


def queue(world: World, login: str = "ada") -> list[str]:
    with world.database.read(world.scope(login)) as s:
        return [item.audit_id for item in audits.review_queue(s, world.scope(login)).items]


def kept(world: World, login: str = "ada") -> list[tuple[str, str | None]]:
    with world.database.read(world.scope(login)) as s:
        return [(each.state, each.fault) for each in audits.kept_reviews(s, world.scope(login))]


def decided(world: World, audit_id: str) -> list[tuple[str, int, str | None]]:
    with world.database.read() as s:
        rows = s.scalars(select(Decision).where(Decision.audit_id == audit_id).order_by(Decision.seq))
        assert check_ledger(s) == []
        return [(each.kind, each.amount_fen, each.decided_by) for each in rows]


def test_nothing_is_paid_before_the_time_to_undo_is_over_and_then_once(world: World) -> None:
    waiting = in_review(world)
    with world.database.write(world.scope("ada")) as s:
        laid = audits.lay(s, world.scope("ada"), waiting.audit_id, APPROVE)
        assert (laid.outcome, laid.amount_fen) == ("pass", 200)
        assert laid.pending.due_at - laid.pending.created_at == timedelta(seconds=UNDO_S)
    assert (queue(world), queue(world, "mia"), kept(world)) == ([], [], [("waiting", None)])
    with world.database.read(world.scope("mia")) as s:
        assert audits.explain(s, world.scope("mia"), waiting.audit_id).may == ()
    assert audits.carry_out_due(world.database) == 0
    assert (len(decided(world, waiting.audit_id)), world.wallet_fen()) == (1, 0)
    with later(UNDO_S):
        assert [audits.carry_out_due(world.database) for _ in range(2)] == [1, 0]
    assert decided(world, waiting.audit_id)[1:] == [("approve", 200, world.ids.users["ada"])]
    assert (world.wallet_fen(), kept(world)) == (200, [])


def test_an_undone_decision_brings_the_audit_back_unchanged(world: World) -> None:
    waiting = in_review(world)
    with world.database.read(world.scope("ada")) as s:
        before = audits.explain(s, world.scope("ada"), waiting.audit_id)
    laid = lay(world, waiting.audit_id)
    for login, error in (("mia", Forbidden), ("zoe", NotFound), ("ann", Forbidden)):
        with pytest.raises(error):
            undo(world, laid, login)
    undo(world, laid)
    undo(world, laid)  # the answer to the first was lost
    with later(2 * UNDO_S):
        assert audits.carry_out_due(world.database) == 0
    with world.database.read(world.scope("ada")) as s:
        assert audits.explain(s, world.scope("ada"), waiting.audit_id) == before
    assert (queue(world), world.wallet_fen()) == ([waiting.audit_id], 0)
    lay(world, waiting.audit_id, "mia")  # and anybody may decide it anew
    with later(UNDO_S):
        assert audits.carry_out_due(world.database) == 1
    assert world.wallet_fen() == 200


@pytest.mark.parametrize("carried_out", [False, True])
def test_it_is_too_late_to_undo_once_it_is_due(world: World, carried_out: bool) -> None:
    waiting = in_review(world)
    laid = lay(world, waiting.audit_id)
    with later(UNDO_S):
        if carried_out:
            audits.carry_out_due(world.database)
        with pytest.raises(Conflict) as caught:
            undo(world, laid)
        assert caught.value.code == "undo_over"
        audits.carry_out_due(world.database)
    assert world.wallet_fen() == 200


def test_an_audit_has_one_decision_however_many_press_at_once(world: World) -> None:
    waiting = in_review(world)
    barrier = Barrier(4)

    def press(login: str) -> str:
        barrier.wait(30)
        try:
            return lay(world, waiting.audit_id, login).state
        except Conflict as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(press, ["ada", "mia", "ada", "root"]))
    assert answers == ["already_reviewed"] * 3 + ["waiting"]
    with world.database.write(world.scope("mia")) as s, pytest.raises(Conflict, match="somebody was first"):
        audits.review(s, world.scope("mia"), waiting.audit_id, "refuse", "no display")


def test_workers_at_once_carry_each_decision_out_once(world: World) -> None:
    first, second = in_review(world), in_review(world, 2, "ben", "E2")
    for each in (first, second):
        lay(world, each.audit_id)
    barrier = Barrier(4)

    def work(_: int) -> int:
        barrier.wait(30)
        return audits.carry_out_due(world.database)

    with later(UNDO_S), ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) + audits.carry_out_due(world.database) == 2
    assert [len(decided(world, each.audit_id)) for each in (first, second)] == [2, 2]
    assert (world.wallet_fen(), world.wallet_fen("ben")) == (200, 200)


def test_a_screen_that_another_decision_has_passed_decides_nothing(world: World) -> None:
    waiting = in_review(world)
    with world.database.write(world.scope("mia")) as s:
        again = audits.review(s, world.scope("mia"), waiting.audit_id, "correct", facts={"rows.count": 1})
    assert (again.seq, again.outcome) == (2, "review")
    with pytest.raises(Conflict) as caught:
        lay(world, waiting.audit_id)
    assert caught.value.code == "decided_meanwhile"
    lay(world, waiting.audit_id, asked=Asked("approve", seq=2))


@pytest.mark.parametrize("fault", ["budget_exhausted", "decided_meanwhile", "unauthenticated"])
def test_what_cannot_be_carried_out_is_in_the_queue_again_with_the_reason(world: World, fault: str) -> None:
    waiting = in_review(world)
    laid = lay(world, waiting.audit_id)
    with world.database.read() as s:
        world.without_reservation(s.scalars(select(Audit.claim_id).where(Audit.id == waiting.audit_id)).one())
    with world.database.write() as s:
        if fault == "budget_exhausted":
            budget, other = find_account(s, "budget", world.ids.tasks["COLA"]), open_account(s, "wallet", "another")
            assert budget is not None
            post(s, "spent meanwhile", "award", {budget.id: -BUDGET_FEN, other.id: BUDGET_FEN})
        elif fault == "decided_meanwhile":
            s.get_one(PendingReview, laid.id).asked = {**laid.asked, "seq": 2}
        else:
            s.get_one(User, world.ids.users["ada"]).active = False
    with later(UNDO_S):
        assert audits.carry_out_due(world.database) == 0
    assert (queue(world, "mia"), world.wallet_fen()) == ([waiting.audit_id], 0)
    with world.database.read() as s:
        [item] = audits.review_queue(s, world.scope("mia")).items
        assert item.reasons[0]["code"] == "not_carried_out"
        assert (item.reasons[1]["code"] == "budget_exhausted") == (fault == "budget_exhausted")
        [(state, told)] = s.execute(select(PendingReview.state, PendingReview.fault)).all()
    assert (state, told) == ("failed", fault)
    assert len(decided(world, waiting.audit_id)) == 1


def test_a_fault_of_ours_is_tried_again_and_then_given_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, other = in_review(world), in_review(world, 2, "ben", "E2")
    lay(world, waiting.audit_id)
    lay(world, other.audit_id)
    review = pending.review

    def broken(s: object, scope: object, audit_id: str, **asked: object) -> Decision:
        if audit_id == waiting.audit_id:
            raise ArithmeticError("a fault of ours")
        return review(s, scope, audit_id, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(pending, "review", broken)
    with later(1000):  # the workers were away
        assert audits.carry_out_due(world.database) == 1  # the other one
        assert (kept(world), queue(world)) == ([("waiting", None)], [])
    with later(1200):
        assert audits.carry_out_due(world.database) == 0
        assert (kept(world), queue(world)) == ([("waiting", None)], [])
    with later(1400):
        assert audits.carry_out_due(world.database) == 0
    assert (kept(world), queue(world)) == ([("failed", "not_carried_out")], [waiting.audit_id])


def test_what_cannot_be_decided_is_not_kept(world: World) -> None:
    waiting = in_review(world)
    for asked in (Asked("refuse"), Asked("approve", "much", amount_fen=301), Asked("approve", seq=7)):
        with pytest.raises(CrmError):
            lay(world, waiting.audit_id, asked=asked)
    with pytest.raises(Forbidden):
        lay(world, waiting.audit_id, "ann")
    with pytest.raises(Invalid):
        lay(world, waiting.audit_id, asked=Asked("refuse", " "))
    assert (queue(world), kept(world)) == ([waiting.audit_id], [])
