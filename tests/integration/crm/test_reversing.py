"""Awards are taken back by a manager, shown, and paid again once at most, on both databases."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from crm.audits import service as audits
from crm.audits.tables import Decision
from crm.kernel.errors import Conflict, CrmError, Forbidden, Invalid, NotFound
from crm.ledger import service as ledger
from crm.ledger.checks import check_ledger
from crm.ledger.tables import Account, Entry
from crm.tasks.tables import TaskVersion
from tests.integration.crm.world import BUDGET_FEN, NOT_THE_SAME, World, jpeg

WHY = "the photo is of the shop next door"


def standing(world: World) -> dict[tuple[str, ...], int]:
    """How many awards stand per task, outlet, display and period."""
    counted: dict[tuple[str, ...], int] = {}
    with world.database.read() as s:
        assert check_ledger(s) == []
        taken_back = select(Entry.reverses).where(Entry.reverses.is_not(None))
        for key in s.scalars(select(Entry.key).where(Entry.kind == "award", Entry.id.not_in(taken_back))):
            display = tuple(key.split(":")[1:5])
            counted[display] = counted.get(display, 0) + 1
    return counted


def reverse(world: World, audit_id: str, login: str = "mia", reason: str = WHY) -> Decision:
    with world.database.write(world.scope(login)) as s:
        return audits.reverse(s, world.scope(login), audit_id, reason)


def reopen(world: World, audit_id: str, login: str = "ada") -> Decision:
    with world.database.write(world.scope(login)) as s:
        return audits.reopen(s, world.scope(login), audit_id, "the rep has shown the receipt")


def entries(world: World, kind: str) -> int:
    with world.database.read() as s:
        return s.scalar(select(func.count()).select_from(Entry).where(Entry.kind == kind)) or 0


def test_what_is_taken_back_leaves_the_wallet_and_is_told(world: World) -> None:
    paid = world.audited(jpeg(1))
    done = reverse(world, paid.audit_id)
    assert (done.kind, done.outcome, done.amount_fen, done.comment) == ("reverse", "refuse", 0, WHY)
    assert done.decided_by == world.ids.users["mia"]
    assert (world.wallet_fen(), world.budget_fen(), standing(world)) == (0, BUDGET_FEN, {})
    with world.database.read() as s:
        told = audits.explain(s, world.scope("ann"), paid.audit_id)
        assert [(each.kind, each.paid) for each in told.history] == [("automatic", False), ("reverse", False)]
        decision = world.told(paid.audit_id, "ann")
        assert (decision.comment, told.audit.state) == (WHY, "decided")
        assert decision.reasons[0].zh == "已追回 ¥2.00。"
        since, _ = audits.decisions_since(s, world.scope("ann"), audits.from_number(paid.no))
        assert [each.id for each in since] == [done.id]
        assert all(audits.replay(s, each).equal for each in (paid.id, done.id))
        entry = s.scalars(select(Entry).where(Entry.kind == "reversal")).one()
        assert (entry.reverses, entry.id) == (paid.entry_id, done.entry_id)


def test_a_second_reversal_posts_nothing(world: World) -> None:
    paid = world.audited(jpeg(1))
    reverse(world, paid.audit_id)
    with pytest.raises(Conflict) as caught:
        reverse(world, paid.audit_id)
    assert caught.value.code == "nothing_to_reverse"
    assert (entries(world, "reversal"), world.wallet_fen()) == (1, 0)


def test_after_a_reversal_the_display_can_be_awarded_again_once(world: World) -> None:
    paid = world.audited(jpeg(1))
    reverse(world, paid.audit_id)
    waiting = reopen(world, paid.audit_id)
    assert (waiting.outcome, waiting.amount_fen) == ("review", 200)
    with world.database.read(world.scope("ada")) as s:
        assert [item.audit_id for item in audits.review_queue(s, world.scope("ada")).items] == [paid.audit_id]
    with world.database.write(world.scope("ada")) as s:
        again = audits.review(s, world.scope("ada"), paid.audit_id, "approve")
    assert (again.outcome, again.amount_fen) == ("pass", 200)
    with world.database.read() as s:
        first, second = s.scalars(select(Entry.key).where(Entry.kind == "award").order_by(Entry.id))
        assert second == f"{first}:g2"
        assert audits.get_audit(s, world.scope("ann"), paid.audit_id).audit.state == "decided"
        assert audits.replay(s, waiting.id).equal
    assert (world.wallet_fen(), list(standing(world).values())) == (200, [1])
    later = world.audited(jpeg(2))  # the award stands: another photo of the display earns nothing more
    assert (later.amount_fen, later.reasons[0]["code"]) == (0, "already_paid")
    reverse(world, paid.audit_id)
    reopen(world, paid.audit_id)
    with world.database.read(world.scope("ada")) as s:
        assert audits.explain(s, world.scope("ada"), paid.audit_id).may == ()
    with pytest.raises(Forbidden, match="decided this before"), world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), paid.audit_id, "approve")
    with world.database.write(world.scope("mia")) as s:
        audits.review(s, world.scope("mia"), paid.audit_id, "approve")
    with world.database.read() as s:
        assert s.scalars(select(Entry.key).where(Entry.kind == "award").order_by(Entry.id)).all()[-1] == f"{first}:g3"
    assert (world.wallet_fen(), list(standing(world).values())) == (200, [1])


def test_what_was_taken_back_is_not_paid_by_the_machine_again(world: World) -> None:
    paid = world.audited(jpeg(1))
    reverse(world, paid.audit_id)
    held = world.audited(jpeg(2))
    assert (held.outcome, held.reasons[0]["code"]) == ("review", "taken_back_before")
    assert world.wallet_fen() == 0
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), held.audit_id, "approve").amount_fen == 200
    with pytest.raises(Conflict) as caught:  # another award of the display stands now, but none of this audit
        reverse(world, paid.audit_id)
    assert caught.value.code == "nothing_to_reverse"
    reopen(world, paid.audit_id)
    with world.database.write(world.scope("ada")) as s:
        third = audits.review(s, world.scope("ada"), paid.audit_id, "approve")
        assert (third.amount_fen, third.reasons[0]["code"]) == (0, "already_paid")
    assert list(standing(world).values()) == [1]


def may(world: World, audit_id: str, login: str = "mia") -> list[str]:
    with world.database.read(world.scope(login)) as s:
        return list(audits.explain(s, world.scope(login), audit_id).may)


def test_who_passed_unpaid_behind_an_award_is_paid_once_it_is_taken_back(world: World) -> None:
    fraud, honest = world.audited(jpeg(1)), world.audited(jpeg(2), "ben")
    assert (honest.outcome, honest.amount_fen, honest.reasons[0]["code"]) == ("pass", 0, "already_paid")
    assert may(world, honest.audit_id) == []
    with pytest.raises(Conflict) as caught:
        reopen(world, honest.audit_id)
    assert caught.value.code == "not_reversed"
    reverse(world, fraud.audit_id)
    assert (may(world, honest.audit_id), may(world, honest.audit_id, "ben")) == (["reopen"], [])
    assert (reopen(world, honest.audit_id).outcome, may(world, honest.audit_id)) == ("review", ["review"])
    with world.database.write(world.scope("ada")) as s:
        assert audits.review(s, world.scope("ada"), honest.audit_id, "approve").amount_fen == 200
    assert (world.wallet_fen(), world.wallet_fen("ben"), may(world, honest.audit_id)) == (0, 200, ["reverse"])
    assert list(standing(world).values()) == [1]


def test_an_approval_of_nothing_by_slip_is_looked_at_again(world: World) -> None:
    world.fronts[jpeg(1)] = {"cola": (5, 6, 7), "lime": (0, 0, 0), "rival": (2, 2, 2)}
    waiting = world.audited(jpeg(1))
    with world.database.write(world.scope("ada")) as s:
        slip = audits.review(s, world.scope("ada"), waiting.audit_id, "approve", "200 meant", amount_fen=0)
    assert (slip.outcome, slip.entry_id, may(world, waiting.audit_id, "ada")) == ("pass", None, ["reopen"])
    reopen(world, waiting.audit_id)
    with world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "approve")
    assert world.wallet_fen() == 200


def test_the_limit_of_displays_counts_awards_that_stand(world: World) -> None:
    third = world.audited(jpeg(1), display="3")
    with world.database.write() as s:
        s.get_one(TaskVersion, third.task_version_id).displays_max = 1
    first = world.audited(jpeg(2), display="1")
    reverse(world, third.audit_id)
    with world.database.write(world.scope("ada")) as s:
        done = audits.review(s, world.scope("ada"), first.audit_id, "approve", dismissals=NOT_THE_SAME)
        assert done.amount_fen == 200
    with world.database.read(world.scope("ada")) as s:
        told = audits.explain(s, world.scope("ada"), first.audit_id)
        assert [each.audit_id for each in told.other_displays] == [third.audit_id]


def test_what_is_reopened_begins_with_what_was_read(world: World) -> None:
    world.hashes = {jpeg(1): bytes(32), jpeg(2): b"\x01" + bytes(31)}
    world.audited(jpeg(1))
    caught = world.audited(jpeg(2), login="ben", outlet="E2")
    seen = {"near_duplicate": "another shop front"}
    with world.database.write(world.scope("ada")) as s:
        cola = {'facings.sku["cola"]': 12}
        paid = audits.review(
            s, world.scope("ada"), caught.audit_id, "correct", "counted", facts=cola, confirm=cola, dismissals=seen
        )
        assert paid.amount_fen == 300
    reverse(world, caught.audit_id)
    again = reopen(world, caught.audit_id)
    assert (again.facts, [flag["code"] for flag in again.flags]) == (caught.facts, ["near_duplicate"])
    with pytest.raises(Conflict) as refused, world.database.write(world.scope("mia")) as s:
        audits.review(s, world.scope("mia"), caught.audit_id, "approve")
    assert refused.value.code == "flags_stand"
    with world.database.write(world.scope("mia")) as s:
        done = audits.review(s, world.scope("mia"), caught.audit_id, "approve", dismissals=seen)
        assert done.amount_fen == 200
    with world.database.read(world.scope("ada")) as s:
        assert len(audits.explain(s, world.scope("ada"), caught.audit_id).dismissals) == 2


def test_money_that_has_left_the_wallet_is_not_taken_back(world: World) -> None:
    paid = world.audited(jpeg(1))
    with world.database.write() as s:  # as a withdrawal will
        wallet = s.scalars(select(Account).where(Account.kind == "wallet")).one()
        out = ledger.open_account(s, "payable", world.ids.users["ann"])
        ledger.post(s, "out", "withdrawal", {wallet.id: -150, out.id: 150})
    with pytest.raises(Conflict, match=r"¥0\.50 of the ¥2\.00") as caught:
        reverse(world, paid.audit_id)
    assert (caught.value.code, caught.value.more) == ("wallet_too_low", {"balance_fen": 50})
    assert (world.wallet_fen(), entries(world, "reversal"), list(standing(world).values())) == (50, 0, [1])
    with world.database.read(world.scope("mia")) as s:
        assert len(audits.explain(s, world.scope("mia"), paid.audit_id).history) == 1


def test_only_managers_of_the_brand_take_back_and_never_their_own(world: World) -> None:
    paid = world.audited(jpeg(1), login="root")  # an admin may do all that a rep may
    errors: list[tuple[str, type[CrmError]]] = [
        ("ann", Forbidden), ("ada", Forbidden), ("zoe", Forbidden), ("root", Forbidden),
    ]  # fmt: skip
    for login, error in errors:
        with pytest.raises(error):
            reverse(world, paid.audit_id, login)
    with pytest.raises(Invalid, match="reason"):
        reverse(world, paid.audit_id, "mia", " ")
    reverse(world, paid.audit_id, "mia")
    for login, error in (("ann", Forbidden), ("zoe", NotFound), ("root", Forbidden)):
        with pytest.raises(error):
            reopen(world, paid.audit_id, login)
    with pytest.raises(Conflict) as caught:
        reopen(world, world.audited(jpeg(2), outlet="E2").audit_id)
    assert caught.value.code == "not_reversed"


def test_what_one_may_do_is_told(world: World) -> None:
    paid = world.audited(jpeg(1)).audit_id
    assert [may(world, paid, login) for login in ("ann", "ada", "mia", "root")] == [[], [], ["reverse"], ["reverse"]]
    reverse(world, paid)
    assert [may(world, paid, login) for login in ("ann", "ada", "mia")] == [[], ["reopen"], ["reopen"]]
    reopen(world, paid)
    assert [may(world, paid, login) for login in ("ann", "ada", "mia")] == [[], ["review"], ["review"]]


def at_once(*work: Callable[[], object]) -> list[str]:
    """What each of these, begun together in threads of their own, came to."""
    told: list[str] = []
    together = threading.Barrier(len(work))

    def run(each: Callable[[], object]) -> None:
        together.wait()
        try:
            each()
            told.append("done")
        except Conflict as error:
            told.append(error.code)

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


def test_two_reversals_at_once_post_one(world: World) -> None:
    paid = world.audited(jpeg(1))
    both = [lambda: reverse(world, paid.audit_id)] * 4
    assert at_once(*both) == ["done", *["nothing_to_reverse"] * 3]
    assert (world.wallet_fen(), entries(world, "reversal")) == (0, 1)


def test_a_reversal_and_a_review_of_the_same_display_leave_one_award_at_most(world: World) -> None:
    paid = world.audited(jpeg(1))
    reverse(world, paid.audit_id)
    world.audited(jpeg(2))  # waits for a person, since an award was taken back
    reopen(world, paid.audit_id)
    with world.database.read(world.scope("ada")) as s:
        waiting = [item.audit_id for item in audits.review_queue(s, world.scope("ada")).items]

    def approve(audit_id: str) -> None:
        with world.database.write(world.scope("ada")) as s:
            audits.review(s, world.scope("ada"), audit_id, "approve")

    assert len(waiting) == 2
    assert at_once(*[lambda each=each: approve(each) for each in waiting]) == ["done", "done"]  # type: ignore[misc]
    assert list(standing(world).values()) == [1]
    with world.database.read() as s:
        winner = s.scalars(select(Decision.audit_id).where(Decision.amount_fen > 0).order_by(Decision.no)).all()[-1]
    told = at_once(lambda: reverse(world, winner), lambda: reverse(world, winner), lambda: approve(winner))
    assert told == ["already_reviewed", "done", "nothing_to_reverse"]
    assert standing(world) == {}


NUMBERS = st.integers(0, 2)


class AwardMachine(RuleBasedStateMachine):
    """Subclassed with `world`: histories of photos, reviews, reversals and reopenings of two displays of an outlet.
    Whatever is refused, one award at most stands for each."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.audits: list[str] = []

    @rule(display=st.sampled_from(["1", "1", "2"]), seed=st.integers(0, 10**6))
    def send(self, display: str, seed: int) -> None:
        self.world.sweep()  # what ended claims had reserved, or some histories spend the budget
        self.audits.append(self.world.audited(jpeg(seed), display=display).audit_id)

    def _try(self, work: Callable[..., Any], login: str, number: int, *rest: Any, **named: Any) -> None:
        if not self.audits:
            return
        try:
            with self.world.database.write() as s:
                work(s, self.world.scope(login), self.audits[number % len(self.audits)], *rest, **named)
        except (Conflict, Forbidden, Invalid):
            pass

    @rule(number=NUMBERS, amount=st.sampled_from([None, 100, 300]), login=st.sampled_from(["ada", "mia"]))
    def approve(self, number: int, amount: int | None, login: str) -> None:
        if self.audits:
            with self.world.database.read() as s:
                told = audits.explain(s, self.world.scope("mia"), self.audits[number % len(self.audits)])
            said = {flag.code: "seen" for flag in told.to_dismiss}
            self._try(audits.review, login, number, "approve", "seen", amount_fen=amount, dismissals=said)

    @rule(number=NUMBERS)
    def take_back(self, number: int) -> None:
        self._try(audits.reverse, "mia", number, WHY)

    @rule(number=NUMBERS)
    def look_again(self, number: int) -> None:
        self._try(audits.reopen, "ada", number, WHY)

    @invariant()
    def one_at_most(self) -> None:
        assert all(count == 1 for count in standing(self.world).values())
        assert self.world.wallet_fen() + self.world.budget_fen() == BUDGET_FEN


def test_in_no_history_stand_two_awards_of_a_display(world: World) -> None:
    bound: dict[str, Any] = {"world": world}
    run_state_machine_as_test(
        type("BoundMachine", (AwardMachine,), bound),
        settings=settings(
            max_examples=8, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
