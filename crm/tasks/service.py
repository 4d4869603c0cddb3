"""Tasks, their published versions, their budgets, and claims on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import defer

from crm.access import trail
from crm.access.scope import READERS, Scope, found, require
from crm.access.session import unscoped
from crm.catalog import service as catalog
from crm.catalog.service import managed_brand
from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, Expired, Invalid, NotFound
from crm.kernel.ids import new_id
from crm.kernel.numbers import checked_whole
from crm.kernel.paging import Page, checked_limit, page_of
from crm.ledger import service as ledger
from crm.ledger.legs import AMOUNT_FEN_MAX
from crm.outlets import service as outlets
from crm.people.tables import Organisation
from crm.tasks.ahead import holds_until
from crm.tasks.budgets import Budget, budget_problems, budgets_of
from crm.tasks.periods import period_key
from crm.tasks.reserving import greatest_of, reserve
from crm.tasks.tables import Task, TaskClaim, TaskVersion
from pipeline.rules.clauses import RulesFormatError, TaskRules, check_rules

DISPLAYS_MAX = 20
CLAIM_HOURS_MAX = 2400


@dataclass(frozen=True)
class TaskCard:
    """A task with its version in force; None while it is a draft."""

    task: Task
    version: TaskVersion | None


def create_task(
    s: WriteSession,
    scope: Scope,
    *,
    code: str,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    name_zh: str = "",
    description: str = "",
    description_zh: str = "",
    period: str = "month",
    claim_hours: int = 72,
    brand_id: str | None = None,
) -> Task:
    """A draft of a task of the caller's brand (an admin names it), with an empty budget. Managers only."""
    require(scope, "manager")
    brand_id = managed_brand(scope, brand_id)
    if s.scalar(select(Organisation.id).where(Organisation.id == brand_id, Organisation.kind == "brand")) is None:
        raise Invalid("brand_id", "there is no such brand: give the id of one", "没有此品牌：请填写品牌的 id")
    period_key(period, utcnow())
    if starts_at >= ends_at:
        raise Invalid(
            "ends_at",
            "the task ends before it starts: give a later end",
            "任务的结束时间早于开始时间：请填写更晚的结束时间",
        )
    checked_whole("claim_hours", claim_hours, 1, CLAIM_HOURS_MAX)
    if not code.strip() or not name.strip():
        raise Invalid("code" if not code.strip() else "name", "a task needs a code and a name", "任务须有编码和名称")
    if s.scalar(select(Task.id).where(Task.brand_id == brand_id, Task.code == code)) is not None:
        raise Invalid(
            "code", f"the task code {code} is taken: choose another", f"任务编码 {code} 已被占用：请更换", code="taken"
        )
    task_id = new_id()
    task = Task(
        id=task_id,
        brand_id=brand_id,
        code=code,
        name=name,
        name_zh=name_zh,
        description=description,
        description_zh=description_zh,
        period=period,
        starts_at=starts_at,
        ends_at=ends_at,
        claim_hours=claim_hours,
        budget_account_id=ledger.open_account(s, "budget", task_id).id,
    )
    s.add(task)
    s.flush()
    return task


def fund_task(s: WriteSession, scope: Scope, task_id: str, amount_fen: int, key: str) -> Budget:
    """Move `amount_fen` from the brand's funding account to the task's budget, once per `key`. Managers
    and finance."""
    require(scope, "manager", "finance")
    checked_whole("amount_fen", amount_fen, 1, AMOUNT_FEN_MAX)
    task = get_task(s, scope, task_id).task
    funding = ledger.open_account(s, "funding", task.brand_id)
    ledger.post(
        s,
        f"fund:{task.id}:{key}",
        "funding",
        {funding.id: -amount_fen, task.budget_account_id: amount_fen},
        f"budget of {task.code}",
        by=trail.who(scope.user_id),
        brand_id=task.brand_id,
    )
    return budgets_of(s, [task])[0]


def publish_version(
    s: WriteSession, scope: Scope, task_id: str, rules: Mapping[str, Any], displays_max: int = 1
) -> TaskVersion:
    """Publish rules as the next version and open the task. Managers only.

    `displays_max`, 1 to 20: how many displays of one outlet are rewarded in one period at most.
    Invalid('rules') with one line per fault where `pipeline.rules.clauses.check_rules` finds any, and where the task's
    budget does not hold the most that one claim can earn: a draft is funded before it is published.
    """
    require(scope, "manager")
    checked_whole("displays_max", displays_max, 1, DISPLAYS_MAX)
    task = get_task(s, scope, task_id).task
    s.execute(select(Task.id).where(Task.id == task.id).with_for_update())
    try:
        parsed = TaskRules.from_dict(rules)
    except RulesFormatError as error:
        raise Invalid("rules", error.en, error.zh) from error
    codes = catalog.view(s, task.brand_id, business_day(utcnow())).names
    problems = check_rules(parsed, codes) or budget_problems(budgets_of(s, [task])[0], parsed, displays_max)
    if problems:
        details = [(f"{each.where}: {each.en}", f"{each.where}：{each.zh}") for each in problems]
        (en, zh), number = details[0], len(details)
        raise Invalid(
            "rules", f"the rules have {number} fault(s): {en}", f"规则有 {number} 处错误：{zh}", details=details
        )
    last = s.scalar(select(func.max(TaskVersion.number)).where(TaskVersion.task_id == task.id))
    version = TaskVersion(
        task_id=task.id,
        number=(last or 0) + 1,
        rules=parsed.as_dict(),
        displays_max=displays_max,
        published_by=scope.user_id or None,
    )
    s.add(version)
    task.state = "open"
    s.flush()
    told = f"{task.code}, version {version.number}"
    trail.changed(
        s, "rule", "published", version.id, by=trail.who(scope.user_id), brand_id=task.brand_id, why=told
    )  # fmt: skip
    return version


def list_tasks(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[TaskCard]:
    """Tasks with their versions in force; a rep sees those that are open and not yet over."""
    require(scope, *READERS)
    statement = select(Task).order_by(Task.id).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(Task.id > after)
    if scope.role == "rep":
        statement = statement.where(Task.state == "open", Task.ends_at > utcnow())
    page = page_of(s.scalars(statement).all(), limit, lambda task: task.id)
    versions = _versions_in_force(s, [task.id for task in page.items])
    return Page(tuple(TaskCard(task, versions.get(task.id)) for task in page.items), page.next)


def get_task(s: ReadSession, scope: Scope, task_id: str) -> TaskCard:
    """NotFound outside the caller's scope."""
    require(scope, *READERS)
    task = found(s.scalar(select(Task).where(Task.id == task_id)), "this task")
    return TaskCard(task, _versions_in_force(s, [task.id]).get(task.id))


def list_budgets(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[Budget]:
    """What each task can still pay. Managers and finance."""
    require(scope, "manager", "finance")
    page = list_tasks(s, scope, after, limit)
    return Page(budgets_of(s, [each.task for each in page.items]), page.next)


def claim_task(s: WriteSession, scope: Scope, task_id: str, outlet_id: str) -> TaskClaim:
    """The rep's claim on a task at an outlet, under the version now in force; his own active one is
    returned again.

    The most that it can earn is reserved. Conflict('claimed') while another rep holds it, Conflict('budget_exhausted')
    where the budget does not cover it; Expired for a task that is over; NotFound outside the scope.
    """
    require(scope, "rep")
    card = get_task(s, scope, task_id)
    outlet = outlets.get_outlet(s, scope, outlet_id)
    if outlet.brand_id != card.task.brand_id:  # an admin sees both
        raise Invalid(
            "outlet_id",
            "the task and the outlet belong to different brands: choose another outlet",
            "任务与网点属于不同品牌：请选择其他网点",
        )
    now = utcnow()
    if card.version is None or card.task.state != "open" or now < card.task.starts_at:
        raise Conflict("this task is not open: choose another", "任务未开放：请选择其他任务", code="task_not_open")
    if now >= card.task.ends_at:
        raise Expired("this task is over: choose another", "任务已结束：请选择其他任务", code="task_over")
    here = (TaskClaim.task_id == task_id, TaskClaim.outlet_id == outlet.id, TaskClaim.state == "active")
    with unscoped("another rep may hold the task at this outlet").of(s):
        s.execute(update(TaskClaim).where(*here, TaskClaim.expires_at <= now).values(state="expired"))
        active = s.scalar(select(TaskClaim).where(*here))
    if active is not None and active.user_id == scope.user_id:
        return active
    claim = TaskClaim(
        brand_id=card.task.brand_id,
        task_id=task_id,
        task_version_id=card.version.id,
        outlet_id=outlet.id,
        user_id=scope.user_id,
        claimed_at=now,
        expires_at=holds_until(card.task, now),
    )
    try:
        if active is None:
            with s.begin_nested():
                s.add(claim)
            _reserve(s, card.task, claim, card.version)
            return claim
    except IntegrityError:  # somebody was first by a moment: the unique index holds
        active = s.scalar(select(TaskClaim).where(*here))  # none where it was another
        if active is not None:
            return active  # it was he himself, who tapped twice
    raise Conflict(
        "another rep has claimed this task at this outlet: choose another outlet",
        "该网点的此任务已被其他业务员领取：请选择其他网点",
        code="claimed",
    )


def release_claim(s: WriteSession, scope: Scope, claim_id: str) -> TaskClaim:
    """Give the rep's claim back; one already released stays so. Conflict('claim_done') after it was
    rewarded."""
    require(scope, "rep", "manager")
    claim = get_claim(s, scope, claim_id)
    if claim.user_id != scope.user_id:
        require(scope, "manager")
    s.refresh(claim, with_for_update=True)  # a decision may be rewarding it just now
    if claim.state == "done":
        raise Conflict(
            "this claim was rewarded and cannot be released", "该任务已发放奖励，不能放弃", code="claim_done"
        )
    if claim.state == "active":
        claim.state = "released"
        s.flush()
    return claim


def get_claim(s: ReadSession, scope: Scope, claim_id: str) -> TaskClaim:
    """NotFound outside the caller's scope."""
    return found(s.scalar(select(TaskClaim).where(TaskClaim.id == claim_id)), "this claim")


def list_claims(
    s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50, *, active_only: bool = True
) -> Page[TaskClaim]:
    """Claims, the newest first; by default those that still hold. Reps, auditors and managers."""
    require(scope, "rep", "auditor", "manager")
    statement = select(TaskClaim).order_by(TaskClaim.id.desc()).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(TaskClaim.id < after)
    if active_only:
        statement = statement.where(TaskClaim.state == "active", TaskClaim.expires_at > utcnow())
    return page_of(s.scalars(statement).all(), limit, lambda claim: claim.id)


def usable_claim(s: ReadSession, scope: Scope, claim_id: str) -> TaskClaim:
    """The caller's own claim, still active; Expired or Conflict('claim_not_active') otherwise."""
    claim = get_claim(s, scope, claim_id)
    if claim.user_id != scope.user_id:
        raise NotFound("this claim does not exist, or is not yours to see", "该任务领取不存在，或您无权查看")
    if claim.state == "expired" or (claim.state == "active" and claim.expires_at <= utcnow()):
        raise Expired("the claim has expired: claim the task again", "任务领取已过期：请重新领取", code="claim_expired")
    if claim.state != "active":
        raise Conflict(
            f"the claim is {claim.state}: claim the task again", "任务领取已失效：请重新领取", code="claim_not_active"
        )
    return claim


def version_and_task(s: ReadSession, version_id: str, *, with_rules: bool = False) -> tuple[TaskVersion, Task]:
    """A task version and its task; without a scope, for what follows from a row that the caller may see. The rules are
    loaded when they are asked for, unless `with_rules`: what can do without must not fail where they are damaged."""
    both = select(TaskVersion, Task).join(Task).where(TaskVersion.id == version_id)
    with unscoped("the task of a claim or an audit is told to who sees that").of(s):
        row = s.execute(both if with_rules else both.options(defer(TaskVersion.rules))).one()
    return row[0], row[1]


def rules_of(version: TaskVersion) -> TaskRules | None:
    """The rules of a version; None where its row is damaged, so that nobody can tell what they were."""
    try:
        return TaskRules.from_dict(version.rules)
    except ValueError:  # RulesFormatError, or text that is no JSON, which SQLite keeps
        return None


def _reserve(s: WriteSession, task: Task, claim: TaskClaim, version: TaskVersion) -> None:
    rules = rules_of(version)
    most_fen = greatest_of(rules) if rules is not None else None
    if most_fen:  # of old rules that bound nothing, or cannot be read, nobody can tell: the budget pays what they give
        reserve(s, task, claim, most_fen * version.displays_max)


def _versions_in_force(s: ReadSession, task_ids: list[str]) -> dict[str, TaskVersion]:
    newest = (
        select(TaskVersion.task_id, func.max(TaskVersion.number).label("number"))
        .where(TaskVersion.task_id.in_(task_ids))
        .group_by(TaskVersion.task_id)
        .subquery()
    )
    same = (TaskVersion.task_id == newest.c.task_id) & (TaskVersion.number == newest.c.number)
    return {each.task_id: each for each in s.scalars(select(TaskVersion).join(newest, same))}
