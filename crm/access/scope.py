"""Who may see and do what: the one place.

A rep sees his own rows, and the outlets of his brand that his dealer serves. An auditor or a manager sees
all rows of his brand. An admin sees everything. Every listing and every `get` of the services goes through
`visible`.
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, get_args

from sqlalchemy import ColumnElement, Select, and_, true

from crm.kernel.errors import Forbidden, NotFound

Role = Literal["rep", "auditor", "manager", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_NAMES_ZH: dict[str, str] = {"rep": "业务员", "auditor": "审核员", "manager": "经理", "admin": "管理员"}
_THINGS_ZH = {
    "this SKU": "该商品", "this task": "该任务", "this claim": "该任务领取", "this proposal": "该提议",
    "this audit": "该检核", "this decision": "该判定", "this front": "该排面", "this outlet": "该网点",
    "this rescoring": "该重新识别", "this stop": "该停止", "this brand": "该品牌", "this photo": "该照片",
    "this visit": "该拜访", "this user": "该用户",
}  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """The caller. A rep has a brand and a dealer, an auditor and a manager a brand, an admin neither."""

    user_id: str
    role: Role
    brand_id: str | None = None
    dealer_id: str | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"the role {self.role!r} is none of {', '.join(ROLES)}")
        if self.role != "admin" and self.brand_id is None:
            raise ValueError(f"a {self.role} belongs to a brand: give brand_id")
        if self.role == "rep" and self.dealer_id is None:
            raise ValueError("a rep belongs to a dealer: give dealer_id")


class _OfBrand(Protocol):
    brand_id: Any


_Row = TypeVar("_Row")


def require(scope: Scope, *roles: Role) -> None:
    """Raise Forbidden unless the caller has one of `roles`; an admin may do all that others may."""
    if scope.role != "admin" and scope.role not in roles:
        raise Forbidden(
            f"this is for {' or '.join(roles)}; you are signed in as {scope.role}",
            f"此操作仅限{'或'.join(ROLE_NAMES_ZH[role] for role in roles)}；您的身份是{ROLE_NAMES_ZH[scope.role]}",
        )


def in_scope(scope: Scope, table: type[Any]) -> ColumnElement[bool]:
    """The condition under which rows of `table` are visible to the caller.

    The table must have `brand_id`; a rep is held further to `user_id` where the table has it, and else to
    `dealer_id` where it has that (outlets); a table of the brand with neither (tasks, products) is open to
    the whole brand.
    """
    if scope.role == "admin":
        return true()
    condition: ColumnElement[bool] = table.brand_id == scope.brand_id
    if scope.role != "rep":
        return condition
    if hasattr(table, "user_id"):
        return and_(condition, table.user_id == scope.user_id)
    if hasattr(table, "dealer_id"):
        return and_(condition, table.dealer_id == scope.dealer_id)
    return condition


def visible(statement: Select[_Row], scope: Scope, table: type[Any]) -> Select[_Row]:
    """`statement` restricted to the rows of `table` that the caller may see."""
    return statement.where(in_scope(scope, table))


def found(row: _Row | None, what: str) -> _Row:
    """`row`, or NotFound: '`what` does not exist, or is not yours to see'; `what` is a key of `_THINGS_ZH`."""
    if row is None:
        raise NotFound(f"{what} does not exist, or is not yours to see", f"{_THINGS_ZH[what]}不存在，或您无权查看")
    return row
