"""The trail: who read across a party's border, and who changed money, a rule, a grant, a price or a user.

Of a change the row is written in the transaction that changes; of a read right after it, before its answer leaves.
Nothing is ever changed in it. Other rows also say who and why (a decision, a stop, a proposal): they are what the
service works by, while the trail tells of the acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from crm.access.scope import Scope, require
from crm.access.session import unscoped
from crm.access.tables import OPERATOR_LENGTH, WHY_LENGTH, Trail
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.paging import Page, checked_limit, page_of


@dataclass(frozen=True)
class By:
    """Who acts: a signed-in user, or the account of the operating system that works on the database itself."""

    user_id: str | None = None
    operator: str | None = None

    def __post_init__(self) -> None:
        if bool(self.user_id) == bool(self.operator):
            raise ValueError("somebody acts: give user_id or operator")


_operator = "service"


def acts_as(operator: str) -> None:
    """Call who acts in this process without having signed in by this name, in place of 'service'."""
    global _operator
    _operator = operator


def who(user_id: str | None) -> By:
    """Who acts: this user, or the process itself where there is none."""
    return By(user_id=user_id) if user_id else By(operator=_operator)


def changed(
    s: WriteSession,
    kind: str,
    action: str,
    subject_id: str,
    *,
    by: By,
    brand_id: str | None = None,
    dealer_id: str | None = None,
    fields: Sequence[str] = (),
    why: str = "",
) -> None:
    """Keep that `by` did this to a rule, money, a grant, a price or a user; `fields` are names, never values."""
    made = Trail(
        action=action,
        kind=kind,
        subject_id=subject_id,
        brand_id=brand_id,
        dealer_id=dealer_id,
        fields=list(fields),
        why=why[:WHY_LENGTH],
        by_user_id=by.user_id,
        operator=by.operator and by.operator[:OPERATOR_LENGTH],
    )
    with unscoped("the trail is written of all who act, and read by few").of(s):
        s.add(made)


def of_subject(s: ReadSession, kind: str, subject_id: str, after: str | None = None, limit: int = 50) -> Page[Trail]:
    """What was done to one row, the oldest first; no scope, for a row that the caller may see."""
    statement = select(Trail).where(Trail.kind == kind, Trail.subject_id == subject_id).order_by(Trail.id)
    if after is not None:
        statement = statement.where(Trail.id > after)
    with unscoped("what was done to a row is told to who sees the row, whoever it was of then").of(s):
        rows = s.scalars(statement.limit(checked_limit(limit) + 1)).all()
    return page_of(rows, limit, lambda each: each.id)


def list_trail(
    s: ReadSession, scope: Scope, kind: str | None = None, after: str | None = None, limit: int = 50
) -> Page[Trail]:
    """The trail, the newest first: a manager's that of his brand, a dealer's who read and changed what is its own, an
    admin's all. Managers, dealers and admins."""
    require(scope, "manager", "dealer")
    statement = select(Trail).order_by(Trail.id.desc())
    if kind is not None:
        statement = statement.where(Trail.kind == kind)
    if after is not None:
        statement = statement.where(Trail.id < after)
    return page_of(s.scalars(statement.limit(checked_limit(limit) + 1)).all(), limit, lambda each: each.id)
