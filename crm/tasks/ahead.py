"""How long a claim holds, also one that was taken while the clock was ahead."""

from datetime import datetime, timedelta

from sqlalchemy import select

from crm.kernel.db import AHEAD_MAX, ReadSession, WriteSession, now_of
from crm.tasks.tables import Task, TaskClaim

_AT_ONCE_MAX = 200


def holds_until(task: Task, claimed_at: datetime) -> datetime:
    """When a claim ends: after the task's hours, or with the task."""
    return min(claimed_at + timedelta(hours=task.claim_hours), task.ends_at)


def claims_ahead(s: ReadSession) -> list[str]:
    """Active claims that were taken at a time still to come, by a clock that was put right since. None of a task that
    has not begun: then it is the clock now that is wrong, such as after a start without a battery or network, and
    claims held from such a time would all have ended."""
    now = now_of(s)
    ahead = (TaskClaim.state == "active", TaskClaim.claimed_at > now + AHEAD_MAX, Task.starts_at <= now)
    return list(
        s.scalars(select(TaskClaim.id).join(Task, Task.id == TaskClaim.task_id).where(*ahead).limit(_AT_ONCE_MAX))
    )


def hold_from_now(s: WriteSession, claim_ids: list[str]) -> None:
    """Let these claims hold as if they were taken now, and no longer."""
    now = now_of(s)
    both = select(TaskClaim, Task).join(Task, Task.id == TaskClaim.task_id).where(TaskClaim.id.in_(claim_ids))
    for claim, task in s.execute(both.order_by(TaskClaim.id).with_for_update(of=TaskClaim)):
        claim.claimed_at, claim.expires_at = now, holds_until(task, now)
