"""A task claim reserves the most that it can earn: none is taken that cannot be paid, no decision waits for a budget.

The money goes from the task's budget into an account of the claim, a decision pays from there, and what is left goes
back once nothing can be earned any more. What the reservation does not cover, the budget pays.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import func, select

from crm.access import trail
from crm.access.session import unscoped
from crm.access.trail import By
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict
from crm.ledger import service as ledger
from crm.ledger.errors import Overdrawn
from crm.ledger.tables import Account
from crm.tasks.tables import Task, TaskClaim
from pipeline.rules.clauses import TaskRules
from pipeline.rules.reward_bounds import greatest_fen
from pipeline.rules.together import ContradictionError, within_of


def greatest_of(rules: TaskRules) -> int | None:
    """The most that one display may earn in fen; None where nobody can tell: old rules, which would not be published
    today, may bound nothing, or be met by no display."""
    try:
        return greatest_fen(rules.reward, within_of([clause.expression for clause in rules.clauses]))
    except (ContradictionError, ValueError):
        return None


def reserve(s: WriteSession, task: Task, claim: TaskClaim, amount_fen: int) -> None:
    """Reserve the most that a new claim can earn; Conflict('budget_exhausted') where the budget holds less."""
    account = ledger.open_account(s, "reserved", claim.id)
    postings = {task.budget_account_id: -amount_fen, account.id: amount_fen}
    try:
        ledger.post(
            s,
            f"reserve:{claim.id}",
            "reservation",
            postings,
            f"claim {claim.id}",
            by=trail.who(claim.user_id),
            brand_id=task.brand_id,
        )
    except Overdrawn as error:
        raise Conflict(
            "the task's budget does not cover another claim now: choose another task, or try again later",
            "该任务预算目前不足以再领取：请选择其他任务，或稍后再试",
            code="budget_exhausted",
        ) from error
    claim.reserves = True


def sources(s: ReadSession, task: Task, claim_id: str, amount_fen: int) -> dict[str, int]:
    """The accounts that pay an award, each with what it gives, in fen below zero: the claim's reservation as far as it
    goes, then the budget. The claim is locked."""
    account_id, held_fen = _reserved(s, claim_id)
    first = min(held_fen, amount_fen)
    given = {account_id: -first, task.budget_account_id: first - amount_fen}
    return {account: fen for account, fen in given.items() if fen}


def release(s: WriteSession, task: Task, claim: TaskClaim) -> int:
    """Put what is left of a claim's reservation back into the budget, in fen. The claim is locked."""
    account_id, held_fen = _reserved(s, claim.id)
    if held_fen:
        postings = {account_id: -held_fen, task.budget_account_id: held_fen}
        ledger.post(s, f"release:{claim.id}", "release", postings, f"claim {claim.id}", brand_id=task.brand_id)
    claim.reserves = False
    return held_fen


def reverse_award(s: WriteSession, task: Task, claim_id: str, entry_id: str, memo: str, by: By) -> str:
    """Take an award back: the entry's mirror, and from there into the budget what the claim's reservation had paid. The
    id of the mirror; Overdrawn where the wallet holds too little."""
    account_id, _ = _reserved(s, claim_id)
    with unscoped("an award has accounts of several owners").of(s):
        legs = {leg.account_id: leg.amount_fen for leg in ledger.legs_of(s, entry_id)}
        ledger.lock(s, {*legs, task.budget_account_id})
    whose: Any = {"by": by, "brand_id": task.brand_id}
    mirror = ledger.reverse(s, entry_id, f"reversal:{entry_id}", memo, **whose).id
    if account_id in legs:
        back_fen = -legs[account_id]
        postings = {account_id: -back_fen, task.budget_account_id: back_fen}
        ledger.post(s, f"release:{mirror}", "release", postings, memo, **whose)
    return mirror


def reserved_fen(s: ReadSession, task_ids: Collection[str]) -> Mapping[str, int]:
    """What the claims of each of these tasks have reserved, in fen; 0 is left out."""
    held = select(TaskClaim.task_id, func.sum(Account.balance_fen)).join(Account, Account.owner_id == TaskClaim.id)
    of = (TaskClaim.task_id.in_(task_ids), TaskClaim.reserves, Account.kind == "reserved")
    return {task_id: int(fen) for task_id, fen in s.execute(held.where(*of).group_by(TaskClaim.task_id)) if fen}


def _reserved(s: ReadSession, claim_id: str) -> tuple[str, int]:
    """The claim's own account and its balance in fen; '' and 0 where it has none."""
    own = select(Account.id, Account.balance_fen).where(Account.kind == "reserved", Account.owner_id == claim_id)
    with unscoped("what a claim has reserved pays, whoever decides").of(s):
        found = s.execute(own).one_or_none()
    return ("", 0) if found is None else (found[0], int(found[1]))
