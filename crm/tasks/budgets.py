"""What tasks can still pay, and whether that covers what their rules may give."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.kernel.db import ReadSession
from crm.ledger import service as ledger
from crm.tasks.reserving import greatest_of, reserved_fen
from crm.tasks.tables import Task
from pipeline.rules.clauses import RuleProblem, TaskRules
from pipeline.rules.wording import yuan


@dataclass(frozen=True)
class Budget:
    """What a task can still pay, in fen: `balance_fen` for claims to come, `reserved_fen` for those that hold."""

    task: Task
    balance_fen: int
    reserved_fen: int


def budgets_of(s: ReadSession, some: Sequence[Task]) -> tuple[Budget, ...]:
    """The budgets of these tasks, in their order."""
    held = ledger.balances(s, [task.budget_account_id for task in some])
    reserved = reserved_fen(s, [task.id for task in some])
    return tuple(Budget(task, held[task.budget_account_id], reserved.get(task.id, 0)) for task in some)


def budget_problems(budget: Budget, rules: TaskRules, displays_max: int) -> list[RuleProblem]:
    """What is wrong where the budget holds less than one claim may earn by rules that have been checked."""
    one_fen, held_fen = greatest_of(rules), budget.balance_fen + budget.reserved_fen
    assert one_fen is not None
    if held_fen >= one_fen * displays_max:
        return []
    held, most, one = yuan(held_fen), yuan(one_fen * displays_max), yuan(one_fen)
    en = "one display" if displays_max == 1 else f"a claim on {displays_max} displays of {one}"
    zh = "单个陈列" if displays_max == 1 else f"一次领取（{displays_max} 个陈列，每个 {one}）"
    return [
        RuleProblem(
            "budget",
            f"the task's budget holds {held} and {en} may earn {most}: fund the task first, lower the reward, "
            "or bound a formula, as in min([facings.own, 24]) * 50",
            f"任务预算为 {held}，而{zh}最高可得 {most}：请先注资、降低奖励，或限制公式，如 min([facings.own, 24]) * 50",
        )
    ]
