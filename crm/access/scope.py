"""Who calls. What he may do is asked by `require`; what he sees is told by the policies of the tables
(`crm.access.policy`), to which a session that is opened with his scope keeps by itself.

A rep reaches his own rows, and the outlets of his brand that his dealer serves. A dealer reaches of the brand what its
grants show him (`crm.access.grants`), an outlet nothing but who it is. Auditor, manager, finance and data reach rows of
their brand, an operator none; an admin all.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from crm.access import crossing
from crm.access.session import CallersReach
from crm.kernel.db import WriteSession
from crm.kernel.errors import Forbidden, NotFound

Role = Literal["rep", "dealer", "outlet", "auditor", "manager", "finance", "data", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_NAMES: dict[Role, tuple[str, str]] = {  # English, Chinese
    "rep": ("rep", "业务员"), "dealer": ("dealer", "经销商"), "outlet": ("outlet owner", "店主"),
    "auditor": ("auditor", "审核员"), "manager": ("manager", "经理"), "finance": ("finance", "财务"),
    "data": ("data", "数据员"), "operator": ("operator", "运维"), "admin": ("admin", "管理员"),
}  # fmt: skip
IN_THE_FIELD: tuple[Role, ...] = ("rep", "dealer")  # they read of a decision what the one it concerns may know
WITHOUT_NAMES: tuple[Role, ...] = (*IN_THE_FIELD, "data")  # they read nobody's name
READERS: tuple[Role, ...] = ("rep", "dealer", "auditor", "manager", "finance", "data")  # of tasks and audits
WITHOUT_BRAND: tuple[Role, ...] = ("operator", "admin")
OF_A_DEALER: tuple[Role, ...] = ("rep", "dealer")
_CROSSING: tuple[Role, ...] = ("dealer", "admin")
_THINGS_ZH = {
    "this SKU": "该商品", "this task": "该任务", "this claim": "该任务领取", "this proposal": "该提议",
    "this audit": "该检核", "this decision": "该判定", "this front": "该排面", "this outlet": "该网点",
    "this rescoring": "该重新识别", "this stop": "该停止", "this brand": "该品牌", "this photo": "该照片",
    "this visit": "该拜访", "this user": "该用户", "this grant": "该授权",
}  # fmt: skip


def known_role(name: str) -> Role:
    """A role as it is stored; ValueError for one that this version does not know."""
    for role in ROLES:
        if role == name:
            return role
    raise ValueError(f"the role {name!r} is none of {', '.join(ROLES)}")


@dataclass(frozen=True)
class Scope(CallersReach):
    """The caller, in the brand that he has chosen; an operator and an admin have none. A rep and a dealer have a
    dealer, an outlet its outlet."""

    user_id: str
    role: Role
    brand_id: str | None = None
    dealer_id: str | None = None
    outlet_id: str | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"the role {self.role!r} is none of {', '.join(ROLES)}")
        if self.role not in WITHOUT_BRAND and self.brand_id is None:
            raise ValueError(f"a {self.role} belongs to a brand: give brand_id")
        if self.role in OF_A_DEALER and self.dealer_id is None:
            raise ValueError(f"a {self.role} belongs to a dealer: give dealer_id")
        if self.role == "outlet" and self.outlet_id is None:
            raise ValueError("an outlet owner belongs to an outlet: give outlet_id")

    def found(self, s: WriteSession, row: object) -> None:
        """A row was loaded. What a dealer and an admin find is another party's, and leaves a row in the trail; an
        operator on the database itself is asked by nobody."""
        if self.role in _CROSSING and self.user_id:
            crossing.note(self, s, row)

    def told(self, s: WriteSession, writing: AbstractContextManager[WriteSession]) -> None:
        """What was found is about to be told: that goes into the trail first."""
        if crossing.crossed(s):
            with writing as trail:
                crossing.keep(self, s, trail)


_Row = TypeVar("_Row")


def require(scope: Scope, *roles: Role) -> None:
    """Raise Forbidden unless the caller has one of `roles`; an admin may do all that others may."""
    if scope.role != "admin" and scope.role not in roles:
        raise Forbidden(
            f"this is for {' or '.join(roles)}; you are signed in as {scope.role}",
            f"此操作仅限{'或'.join(ROLE_NAMES[role][1] for role in roles)}；您的身份是{ROLE_NAMES[scope.role][1]}",
        )


def found(row: _Row | None, what: str) -> _Row:
    """`row`, or NotFound: '`what` does not exist, or is not yours to see'; `what` is a key of `_THINGS_ZH`."""
    if row is None:
        raise NotFound(f"{what} does not exist, or is not yours to see", f"{_THINGS_ZH[what]}不存在，或您无权查看")
    return row
