"""A claim reserves the most that it can earn; what is left goes back once nothing of it can be earned any more."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from crm.audits import returning
from crm.audits import service as audits
from crm.audits.photos import closing
from crm.audits.returning import ended_claims, give_back
from crm.audits.tables import Decision
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import WriteSession
from crm.kernel.errors import Conflict, Invalid
from crm.ledger.checks import check_ledger
from crm.ledger.service import find_account, legs_of, open_account, post
from crm.ledger.tables import Account, Entry
from crm.tasks import service as tasks
from crm.tasks.reserving import release
from crm.tasks.tables import Task, TaskClaim
from tests.integration.crm.world import BUDGET_FEN, CLAIM_FEN, World, jpeg

UNSURE = {"cola": (5, 6, 7)}


@contextmanager
def later(hours: float) -> Iterator[None]:
    at = utcnow() + timedelta(hours=hours)
    with clock_in_use(lambda: at):
        yield


def money(world: World) -> tuple[int, int]:
    """What the budget holds for claims to come, and what is reserved; the ledger is sound."""
    with world.database.read() as s:
        assert check_ledger(s) == []
    return world.free_fen(), world.reserved_fen()


def drain(world: World, left_fen: int) -> None:
    with world.database.write() as s:
        budget, other = find_account(s, "budget", world.ids.tasks["COLA"]), open_account(s, "wallet", "another")
        assert budget is not None
        if taken := budget.balance_fen - left_fen:
            post(s, f"drained to {left_fen}", "award", {budget.id: -taken, other.id: taken})


def payers(world: World, entry_id: str | None) -> dict[str, int]:
    """Kinds of the accounts of an entry, and what each gives or takes."""
    assert entry_id is not None
    with world.database.read() as s:
        return {s.scalars(select(Account.kind).where(Account.id == leg.account_id)).one(): leg.amount_fen
                for leg in legs_of(s, entry_id)}  # fmt: skip


def in_review(world: World, seed: int = 1, outlet: str = "E1") -> str:
    world.fronts[jpeg(seed)] = UNSURE
    return world.audited(jpeg(seed), outlet=outlet).audit_id


def approve(world: World, audit_id: str, amount_fen: int | None = None, login: str = "ada") -> Decision:
    asked = audits.Asked("approve", "seen there", amount_fen=amount_fen)
    if amount_fen is None or amount_fen <= 300:
        with world.database.write() as s:
            return audits.review(s, world.scope(login), audit_id, "approve", "seen there", amount_fen=amount_fen)
    with world.database.write() as s:
        proposal = audits.propose_review(s, world.scope("ada"), audit_id, asked)
    with world.database.write() as s:
        return audits.confirm(s, world.scope("mia"), proposal.id)


def test_a_claim_reserves_the_most_that_it_can_earn_and_the_rest_comes_back(world: World) -> None:
    claim = world.claim()
    assert world.claim() == claim  # once
    assert money(world) == (BUDGET_FEN - CLAIM_FEN, CLAIM_FEN)
    decision = world.audited(jpeg(1))
    assert payers(world, decision.entry_id) == {"reserved": -200, "wallet": 200}
    assert money(world) == (BUDGET_FEN - CLAIM_FEN, CLAIM_FEN - 200)
    world.sweep()
    world.sweep()
    assert money(world) == (BUDGET_FEN - 200, 0)


def test_a_claim_that_cannot_be_paid_is_refused_with_what_to_do(world: World) -> None:
    drain(world, CLAIM_FEN - 1)
    with pytest.raises(Conflict, match="choose another task, or try again later") as caught:
        world.claim()
    assert (caught.value.code, "稍后再试" in caught.value.zh) == ("budget_exhausted", True)
    with world.database.read() as s:
        assert s.scalar(select(func.count()).select_from(TaskClaim)) == 0
    with world.database.write() as s:
        tasks.fund_task(s, world.scope("mia"), world.ids.tasks["COLA"], 1, "one fen")
    world.claim()
    assert money(world) == (0, CLAIM_FEN)


def test_a_claim_that_holds_is_paid_whatever_became_of_the_budget(world: World) -> None:
    world.claim()
    drain(world, 0)
    assert world.audited(jpeg(1)).outcome == "pass"
    assert (world.wallet_fen(), money(world)) == (200, (0, CLAIM_FEN - 200))


def test_of_two_claims_on_the_last_money_one_is_taken(world: World) -> None:
    drain(world, CLAIM_FEN + 100)
    both = Barrier(2)

    def take(login: str, outlet: str) -> str:
        both.wait()
        try:
            world.claim(login, "COLA", outlet)
        except Conflict as error:
            return error.code
        return "taken"

    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(take, *who) for who in (("ann", "E1"), ("ben", "E2"))]
    assert sorted(job.result() for job in jobs) == ["budget_exhausted", "taken"]
    assert money(world) == (100, CLAIM_FEN)


@pytest.mark.parametrize("how", ["released", "expired", "task over"])
def test_what_is_left_comes_back_when_a_claim_ends(world: World, how: str) -> None:
    claim = world.claim()
    world.sweep()
    assert money(world) == (BUDGET_FEN - CLAIM_FEN, CLAIM_FEN)  # it holds
    if how == "released":
        with world.database.write() as s:
            tasks.release_claim(s, world.scope("ann"), claim)
    with later({"released": 0, "expired": 73, "task over": 24 * 365 * 80}[how]):
        world.sweep()
        assert money(world) == (BUDGET_FEN, 0)


def test_what_waits_for_a_person_keeps_its_reservation_and_is_paid_from_it(world: World) -> None:
    audit_id = in_review(world)
    with later(73):
        world.sweep()
        drain(world, 0)
        assert money(world) == (0, CLAIM_FEN)
        assert payers(world, approve(world, audit_id).entry_id) == {"reserved": -200, "wallet": 200}
        world.sweep()
        assert money(world) == (CLAIM_FEN - 200, 0)


def test_photos_that_are_missing_keep_it_until_the_audit_is_closed(world: World) -> None:
    visit = world.visit()
    photo = world.send(visit, world.claim(), jpeg(1), photos_expected=2)
    world.read(photo, jpeg(1))
    with later(73):
        world.sweep()
        assert money(world) == (BUDGET_FEN - CLAIM_FEN, CLAIM_FEN)
        with world.database.write() as s:
            closing.close_audits(s, [photo.audit_id])
        world.decide(photo)
        world.sweep()
        assert sum(money(world)) == BUDGET_FEN - world.wallet_fen()


def test_what_a_person_pays_beyond_it_the_budget_adds(world: World) -> None:
    audit_id = in_review(world)
    paid = approve(world, audit_id, CLAIM_FEN + 500)
    assert payers(world, paid.entry_id) == {"budget": -500, "reserved": -CLAIM_FEN, "wallet": CLAIM_FEN + 500}
    world.sweep()
    assert money(world) == (BUDGET_FEN - CLAIM_FEN - 500, 0)


@pytest.mark.parametrize("swept", [False, True])
def test_what_is_taken_back_goes_to_the_budget(world: World, swept: bool) -> None:
    audit_id = in_review(world)
    approve(world, audit_id)
    if swept:
        world.sweep()
    with world.database.write() as s:
        audits.reverse(s, world.scope("mia"), audit_id, "never stood there")
    left = 0 if swept else CLAIM_FEN - 200
    assert (world.wallet_fen(), money(world)) == (0, (BUDGET_FEN - left, left))
    with world.database.write() as s:
        audits.reopen(s, world.scope("ada"), audit_id, "a receipt")
    again = approve(world, audit_id, login="mia")
    assert payers(world, again.entry_id) == {"budget" if swept else "reserved": -200, "wallet": 200}
    world.sweep()
    assert (world.wallet_fen(), money(world)) == (200, (BUDGET_FEN - 200, 0))


def test_two_workers_return_it_once(world: World) -> None:
    claim = world.claim()
    with world.database.write() as s:
        tasks.release_claim(s, world.scope("ann"), claim)
    with world.database.read() as s:
        ended = ended_claims(s)
    both = Barrier(2)

    def work() -> int:
        both.wait()
        return give_back(world.database, ended)

    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(work) for _ in range(2)]
    assert sorted(job.result() for job in jobs) == [0, CLAIM_FEN]
    assert money(world) == (BUDGET_FEN, 0)


def test_a_claim_whose_return_fails_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, _ = world.claim("ann", "SHARE"), world.claim()

    def failing(s: WriteSession, task: Task, claim: TaskClaim) -> int:
        if claim.id == bad:
            raise ArithmeticError("a fault of ours")
        return release(s, task, claim)

    with later(73):
        with monkeypatch.context() as patch:
            patch.setattr(returning, "release", failing)
            world.sweep()
        assert (money(world), world.reserved_fen("SHARE")) == ((BUDGET_FEN, 0), 500)
        world.sweep()
        assert (money(world), world.reserved_fen("SHARE")) == ((BUDGET_FEN, 0), 0)


def test_the_entries_of_a_claim_are_numbered_in_its_own_account(world: World) -> None:
    claim = world.claim()
    world.audited(jpeg(1))
    world.sweep()
    with world.database.read() as s:
        account = find_account(s, "reserved", claim)
        assert account is not None
        assert (account.balance_fen, account.postings) == (0, 3)
        kinds = s.scalars(select(Entry.kind).where(Entry.key.like(f"%:{claim}"))).all()
        assert sorted(kinds) == ["release", "reservation"]


def test_the_database_itself_lets_no_reservation_go_below_zero(world: World) -> None:
    world.claim()
    with pytest.raises(IntegrityError, match="not_overdrawn"), world.database.write() as s:
        s.execute(text("UPDATE ledger_account SET balance_fen = -1 WHERE kind = 'reserved'"))


def test_a_task_is_published_where_its_budget_covers_one_claim(world: World) -> None:
    with world.database.read() as s:
        card = tasks.get_task(s, world.scope("mia"), world.ids.tasks["COLA"])
    assert card.version is not None
    rules, told = card.version.rules, "¥12.00 and a claim on 5 displays of ¥3.00 may earn ¥15.00"
    world.claim()  # what is reserved is the task's money too
    drain(world, 0)
    with world.database.write() as s:
        tasks.publish_version(s, world.scope("mia"), card.task.id, rules, 4)
    with pytest.raises(Invalid, match=re.escape(told)), world.database.write() as s:
        tasks.publish_version(s, world.scope("mia"), card.task.id, rules, 5)
