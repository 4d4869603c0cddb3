"""Audits and decisions as lists, and who stands behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from crm.access.scope import READERS, Scope, found, require
from crm.access.session import unscoped
from crm.audits.named import TaskAndOutlet, named
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision
from crm.kernel.db import ReadSession
from crm.kernel.paging import Page, checked_limit, page_of
from crm.outlets.tables import Outlet
from crm.tasks.tables import Task


@dataclass(frozen=True)
class AuditCard:
    """An audit and the decision that holds; None before the first."""

    audit: Audit
    decision: Decision | None


def get_audit(s: ReadSession, scope: Scope, audit_id: str) -> AuditCard:
    """NotFound outside the caller's scope."""
    require(scope, *READERS)
    audit = found(s.scalar(select(Audit).where(Audit.id == audit_id)), "this audit")
    return AuditCard(audit, _decisions_that_hold(s, [audit.id]).get(audit.id))


def list_audits(
    s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50, state: str | None = None
) -> Page[AuditCard]:
    """Audits with the decisions that hold, the newest first; only those in `state` where one is given."""
    require(scope, *READERS)
    statement = select(Audit).order_by(Audit.id.desc()).limit(checked_limit(limit) + 1)
    if state is not None:
        statement = statement.where(Audit.state == state)
    if after is not None:
        statement = statement.where(Audit.id < after)
    page = page_of(s.scalars(statement).all(), limit, lambda audit: audit.id)
    decisions = _decisions_that_hold(s, [audit.id for audit in page.items])
    return Page(tuple(AuditCard(audit, decisions.get(audit.id)) for audit in page.items), page.next)


def tasks_and_outlets_of(s: ReadSession, audit_ids: Sequence[str]) -> dict[str, TaskAndOutlet]:
    """Task and outlet of each of these audits, by the audit's id; no scope, for audits that the caller was given."""
    places = (
        select(Audit.id, Task, Outlet)
        .join(Task, Task.id == Audit.task_id)
        .join(Outlet, Outlet.id == Audit.outlet_id)
        .where(Audit.id.in_(audit_ids))
    )
    with unscoped("the outlet of an audit is named to who sees the audit, whoever serves it now").of(s):
        return {audit_id: TaskAndOutlet(named(task), named(outlet)) for audit_id, task, outlet in s.execute(places)}


def _decisions_that_hold(s: ReadSession, audit_ids: list[str]) -> dict[str, Decision]:
    newest = (
        select(Decision.audit_id, func.max(Decision.seq).label("seq"))
        .where(Decision.audit_id.in_(audit_ids))
        .group_by(Decision.audit_id)
        .subquery()
    )
    same = (Decision.audit_id == newest.c.audit_id) & (Decision.seq == newest.c.seq)
    return {each.audit_id: each for each in s.scalars(select(Decision).join(newest, same))}
