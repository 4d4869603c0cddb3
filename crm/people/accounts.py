"""Organisations and accounts: who may make and change which, and the trail of it.

An admin manages all accounts; a manager those of the auditors, reps, data people, dealers and outlet owners of his
brand, as far as they serve no other. Nobody closes or demotes himself or the last admin.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from crm.access import trail
from crm.access.scope import Role, Scope, found, known_role, require
from crm.access.session import unscoped
from crm.access.tables import Trail
from crm.access.trail import By
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, Forbidden, Invalid
from crm.kernel.paging import Page, checked_limit, page_of
from crm.people import memberships, sessions
from crm.people import service as people
from crm.people.inviting import void_links
from crm.people.recording import record
from crm.people.tables import Organisation, User

FIRST_ADMIN = "shelfproof admin create LOGIN --name NAME"
# As they are kept, whatever blanks people type.
_KEPT: dict[str, Callable[[Any], Any]] = {
    "name": lambda name: people.check_length("name", name.strip(), User.name),
    "phone": people.checked_phone,
}
OF_A_MANAGER: tuple[Role, ...] = ("auditor", "rep", "data", "dealer", "outlet")


def add_organisation(s: WriteSession, scope: Scope, kind: str, name: str, name_zh: str = "") -> Organisation:
    """A new 'brand' or 'dealer'. Admins make both, managers dealers; Invalid for a name that is taken."""
    if kind != "dealer":
        require(scope, "admin")
    require(scope, "manager")
    return people.create_organisation(s, kind, name, name_zh)


def list_organisations(
    s: ReadSession, scope: Scope, kind: str | None = None, after: str | None = None, limit: int = 50
) -> Page[Organisation]:
    """Organisations in the order of their making: all for an admin, for a manager his brand and the dealers."""
    require(scope, "manager")
    statement = select(Organisation).order_by(Organisation.id).limit(checked_limit(limit) + 1)
    if kind is not None:
        statement = statement.where(Organisation.kind == kind)
    if after is not None:
        statement = statement.where(Organisation.id > after)
    return page_of(s.scalars(statement).all(), limit, lambda each: each.id)


def add_user(
    s: WriteSession,
    scope: Scope,
    by: By,
    *,
    login: str,
    name: str,
    role: Role,
    phone: str | None = None,
    brand_ids: Sequence[str] = (),
    dealer_id: str | None = None,
    outlet_id: str | None = None,
) -> User:
    """A new account without a password: invite its owner. A manager's is of his brand. Forbidden, NotFound, Invalid."""
    require(scope, "manager")
    if scope.brand_id is not None:
        found(scope.brand_id if set(brand_ids) <= {scope.brand_id} else None, "this brand")
        brand_ids = [scope.brand_id]
    _may_give(scope, role)
    user = people.create_user(
        s, login=login, name=name, role=role, password=None, phone=phone, brand_ids=brand_ids, dealer_id=dealer_id,
        outlet_id=outlet_id,
    )  # fmt: skip
    record(s, by, user, "created")
    return user


def add_brand(s: WriteSession, scope: Scope, by: By, user_id: str, brand_id: str, outlet_id: str | None = None) -> User:
    """Let an account serve a further brand: admins alone, since whoever it serves already is concerned. NotFound,
    Forbidden, Invalid."""
    require(scope, "admin")
    user = seen_user(s, scope, user_id)
    people.check_organisations(s, known_role(user.role), [brand_id], user.dealer_id)
    memberships.serve(s, user, brand_id, outlet_id)
    void_links(s, user)  # whoever handed one out may be of the one brand alone, and would act for the other by it
    record(s, by, user, "changed", ["brands"], brand_id)
    return user


def end_brand(s: WriteSession, scope: Scope, by: By, user_id: str, brand_id: str) -> User:
    """Let an account serve a brand no more: admins, and managers of that brand. NotFound, Forbidden, Conflict
    `last_brand`, `own_account`."""
    user = seen_user(s, scope, user_id)
    found(brand_id if scope.brand_id in (None, brand_id) else None, "this brand")
    _may_give(scope, user.role)
    if user.id == scope.user_id:
        raise _own()
    memberships.leave(s, user, brand_id)
    record(s, by, user, "changed", ["brands"], brand_id)
    return user


def list_users(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[User]:
    """Accounts that the caller may see, in the order of their making: a manager's those of his brand, a dealer's its
    reps who serve the brand. Managers, dealers and admins."""
    require(scope, "manager", "dealer")
    statement = select(User).order_by(User.id).limit(checked_limit(limit) + 1)
    if after is not None:
        statement = statement.where(User.id > after)
    return page_of(s.scalars(statement).all(), limit, lambda each: each.id)


def seen_user(s: ReadSession, scope: Scope, user_id: str) -> User:
    """An account of those that the caller manages, or, where it serves other brands too, sees. NotFound, Forbidden."""
    require(scope, "manager")
    user = found(s.scalar(select(User).where(User.id == user_id)), "this user")
    _may_give(scope, user.role)
    return user


def managed_user(s: ReadSession, scope: Scope, user_id: str) -> User:
    """An account that the caller may change. NotFound, Forbidden."""
    user = seen_user(s, scope, user_id)
    with unscoped("who serves another brand too is not changed by one of them").of(s):
        others = {each.brand_id for each in memberships.memberships(s, [user_id])} - {scope.brand_id}
    if scope.role != "admin" and others:  # whoever sets its password could act for them
        raise Forbidden(
            "this account serves other brands too: an admin changes it; you may end its service to yours",
            "该账户还服务于其他品牌：须由管理员修改；您可以终止其对本品牌的服务",
        )
    return user


def change_user(s: WriteSession, scope: Scope, by: By, user_id: str, changes: dict[str, Any]) -> User:
    """Set `name`, `phone`, `role`, `dealer_id` or `active`; what is not named stays. NotFound, Forbidden, Invalid,
    Conflict `last_admin`, `own_account`."""
    user = managed_user(s, scope, user_id)
    given = {**changes, **{name: kept(changes[name]) for name, kept in _KEPT.items() if name in changes}}
    changed = [name for name, value in given.items() if value != getattr(user, name)]
    wanted = {name: given.get(name, getattr(user, name)) for name in ("name", "role", "dealer_id", "active")}
    if "role" in changed or "active" in changed:
        if user.id == scope.user_id:
            raise _own()
        _may_give(scope, wanted["role"])
        if user.role == "admin" and user.active and (wanted["role"] != "admin" or not wanted["active"]):
            _keep_an_admin(s, user)
    if not wanted["name"]:
        raise Invalid("name", "a user needs a name", "用户须有姓名")
    if "role" in changed and "outlet" in (user.role, wanted["role"]):
        raise Invalid("role", "an outlet owner stays one: make another account", "店主账户不能改为其他角色：请另建账户")
    serving = [each.brand_id for each in memberships.memberships(s, [user.id])]
    people.check_organisations(s, wanted["role"], serving, wanted["dealer_id"])
    with people.told_what_is_taken(s, lambda: people.check_free(s, "phone", given.get("phone"), user.id)):
        for name in changed:
            setattr(user, name, given[name])
    if not user.active or "role" in changed:  # whoever was handed one may not have been let into the new role
        void_links(s, user)
    if not {"active", "role", "dealer_id"}.isdisjoint(changed):  # nobody comes into other rights by an old sign-in
        sessions.end_all(s, user.id)
    _record_change(s, by, user, changed)
    return user


def _record_change(s: WriteSession, by: By, user: User, changed: list[str]) -> None:
    if "active" in changed:
        record(s, by, user, "reopened" if user.active else "closed")
    rest = [name for name in changed if name != "active"]
    if rest:
        record(s, by, user, "changed", rest)


def list_events(s: ReadSession, scope: Scope, user_id: str, after: str | None = None, limit: int = 50) -> Page[Trail]:
    """What was done to an account, the oldest first. NotFound, Forbidden."""
    seen_user(s, scope, user_id)
    return trail.of_subject(s, "user", user_id, after, limit)


def has_admin(s: ReadSession) -> bool:
    """Whether anybody could let others in: an active admin who has a password."""
    usable = (User.role == "admin", User.active, User.password_hash != "")
    return s.scalar(select(User.id).where(*usable).limit(1)) is not None


def _may_give(scope: Scope, role: str) -> None:
    if scope.role != "admin" and role not in OF_A_MANAGER:
        raise Forbidden(
            "a manager manages the auditors, reps, data people, dealers and outlet owners of his brand: ask an admin",
            "品牌经理只能管理本品牌的审核员、业务员、数据员、经销商和店主，请联系管理员",
        )


def _own() -> Conflict:
    return Conflict(
        "nobody changes his own role or closes himself: ask another admin",
        "不能修改自己的角色或停用自己，请由其他管理员操作",
        code="own_account",
    )


def _keep_an_admin(s: WriteSession, user: User) -> None:
    """Locks the admins' rows, so that two who close each other do not both succeed."""
    admins = s.scalars(select(User).where(User.role == "admin", User.active).with_for_update()).all()
    if all(each.id == user.id or each.is_invited for each in admins):
        raise Conflict(
            "this is the last admin: make another one first", "这是最后一个管理员，请先添加另一个", code="last_admin"
        )
