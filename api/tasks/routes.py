"""Tasks, their versions and budgets, and task claims."""

from typing import Annotated, Any

from fastapi import APIRouter, Header

from api.auth import Caller
from api.errors.documented import SIGNED_IN, problems
from api.paging import After, Limit, PageOf, page
from api.services import Given
from api.tasks.schemas import (
    BudgetOut,
    ClauseOut,
    FundIn,
    TaskClaimIn,
    TaskClaimOut,
    TaskIn,
    TaskOut,
    VersionIn,
    VersionOut,
)
from api.uploads import checked_key
from crm.tasks import service as tasks
from crm.tasks.budgets import Budget
from pipeline.texts import text_of

router = APIRouter(tags=["tasks"])


def _task(card: tasks.TaskCard) -> TaskOut:
    made = TaskOut.model_validate(card.task)
    if card.version is None:
        return made
    rules = tasks.rules_of(card.version)  # None, of a damaged row, must not cost the others of the list
    clauses = [ClauseOut.model_validate(each) for each in rules.clauses] if rules else []
    return made.model_copy(
        update={"version": card.version.number, "displays_max": card.version.displays_max, "clauses": clauses}
    )


def _budget(budget: Budget) -> BudgetOut:
    task = budget.task
    return BudgetOut(
        task_id=task.id,
        code=task.code,
        name=text_of(task, "name"),
        balance_fen=budget.balance_fen,
        reserved_fen=budget.reserved_fen,
    )


@router.get("/tasks", response_model=PageOf[TaskOut], responses=problems(*SIGNED_IN))
def list_tasks(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Tasks with the clauses in force; a rep sees those that are open."""
    with services.database.read(scope) as session:
        found = tasks.list_tasks(session, scope, after, limit)
        return {"items": [_task(card) for card in found.items], "next": found.next}


@router.get("/tasks/{task_id}", responses=problems(*SIGNED_IN, 404))
def get_task(task_id: str, scope: Caller, services: Given) -> TaskOut:
    """One task."""
    with services.database.read(scope) as session:
        return _task(tasks.get_task(session, scope, task_id))


@router.post("/tasks", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def create_task(body: TaskIn, scope: Caller, services: Given) -> TaskOut:
    """Manager: a draft, which a published version opens."""
    with services.database.write(scope) as session:
        return TaskOut.model_validate(tasks.create_task(session, scope, **body.columns()))


@router.post("/tasks/{task_id}/versions", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def publish_version(task_id: str, body: VersionIn, scope: Caller, services: Given) -> VersionOut:
    """Manager: check the rules and publish them as the next version; `errors` lists every fault, with what to do. The
    budget is filled first: it holds at least what one claim may earn."""
    with services.database.write(scope) as session:
        version = tasks.publish_version(session, scope, task_id, body.rules, body.displays_max)
        return VersionOut.model_validate(version)


@router.post("/tasks/{task_id}/budget", responses=problems(*SIGNED_IN, 404, 409))
def fund_task(
    task_id: str,
    body: FundIn,
    scope: Caller,
    services: Given,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> BudgetOut:
    """Manager: move money from the brand's funding account to the task's budget, once per Idempotency-Key."""
    key = checked_key(idempotency_key)
    with services.database.write(scope) as session:
        return _budget(tasks.fund_task(session, scope, task_id, body.amount_fen, key))


@router.get("/budgets", response_model=PageOf[BudgetOut], responses=problems(*SIGNED_IN))
def list_budgets(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Manager: what each task can still pay: `balance_fen` to claims to come, `reserved_fen` to those that hold."""
    with services.database.read(scope) as session:
        found = tasks.list_budgets(session, scope, after, limit)
        return {"items": [_budget(budget) for budget in found.items], "next": found.next}


@router.post("/tasks/{task_id}/claims", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def claim_task(task_id: str, body: TaskClaimIn, scope: Caller, services: Given) -> TaskClaimOut:
    """Rep: take the task at an outlet; one's own active claim is given again. The most that it can earn is reserved of
    the budget."""
    with services.database.write(scope) as session:
        return TaskClaimOut.model_validate(tasks.claim_task(session, scope, task_id, body.outlet_id))


@router.get("/claims", response_model=PageOf[TaskClaimOut], responses=problems(*SIGNED_IN))
def list_claims(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Active claims, the newest first."""
    with services.database.read(scope) as session:
        return page(TaskClaimOut, tasks.list_claims(session, scope, after, limit))


@router.delete("/claims/{claim_id}", status_code=204, responses=problems(*SIGNED_IN, 404, 409))
def release_claim(claim_id: str, scope: Caller, services: Given) -> None:
    """Rep: give a claim back."""
    with services.database.write(scope) as session:
        tasks.release_claim(session, scope, claim_id)
