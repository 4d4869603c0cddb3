"""Organisations, users, sign-in."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from crm.access.scope import OF_A_DEALER, ROLE_NAMES, ROLES, WITHOUT_BRAND, Role, Scope
from crm.access.session import unscoped
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.kernel.errors import Invalid, Unauthenticated
from crm.people.memberships import serve
from crm.people.passwords import hash_password, password_matches
from crm.people.tables import Organisation, User

_PHONE = re.compile(r"\+?[0-9]{3,19}")


def create_organisation(s: WriteSession, kind: str, name: str, name_zh: str = "") -> Organisation:
    """A new 'brand' or 'dealer'; Invalid for another kind or an empty name."""
    if kind not in ("brand", "dealer"):
        raise Invalid(
            "kind",
            f"{kind!r} is no kind of organisation: give brand or dealer",
            f"{kind!r} 不是组织类型：请填写 brand 或 dealer",
        )
    if not name.strip():
        raise Invalid("name", "an organisation needs a name", "组织须有名称")
    made = Organisation(
        kind=kind,
        name=check_length("name", name.strip(), Organisation.name),
        name_zh=check_length("name_zh", name_zh.strip(), Organisation.name_zh),
    )
    with told_what_is_taken(s, lambda: _check_name_free(s, kind, name.strip())):
        s.add(made)
    return made


def _check_name_free(s: ReadSession, kind: str, name: str) -> None:
    if s.scalar(select(Organisation.id).where(Organisation.kind == kind, Organisation.name == name)) is not None:
        raise Invalid(
            "name",
            f"there is a {kind} {name} already: give another name",
            f"{name} 已存在：请更换名称",
            code="taken",
        )


def create_user(
    s: WriteSession,
    *,
    login: str,
    name: str,
    role: Role,
    password: str | None,
    phone: str | None = None,
    brand_ids: Sequence[str] = (),
    dealer_id: str | None = None,
    outlet_id: str | None = None,
) -> User:
    """A new user, without a password (None) until he chooses one, who serves these brands; `outlet_id`: of an outlet's
    owner. Invalid for a login or phone that is taken, a weak password, a role without its organisation."""
    login, phone = check_length("login", login.strip().lower(), User.login), checked_phone(phone)
    if not login:
        raise Invalid("login", "a user needs a login", "用户须有账号")
    if not name.strip():
        raise Invalid("name", "a user needs a name", "用户须有姓名")
    if role not in ROLES:
        raise Invalid(
            "role",
            f"{role!r} is no role: give one of {', '.join(ROLES)}",
            f"{role!r} 不是角色：请填写 {'、'.join(ROLES)} 之一",
        )
    check_organisations(s, role, brand_ids, dealer_id)
    user = User(
        login=login,
        phone=phone,
        name=check_length("name", name.strip(), User.name),
        role=role,
        dealer_id=dealer_id,
        password_hash="" if password is None else hash_password(password),
    )

    def check() -> None:
        check_free(s, "login", login)
        check_free(s, "phone", phone)

    with unscoped("who is made serves no brand yet").of(s), told_what_is_taken(s, check):
        s.add(user)
    for brand_id in brand_ids:
        serve(s, user, brand_id, outlet_id)
    return user


def check_length(field: str, text: str, column: InstrumentedAttribute[str]) -> str:
    """`text`; Invalid where its column holds less."""
    most = column.property.columns[0].type.length
    if len(text) > most:
        raise Invalid(
            field, f"{field} has {most} characters at most: shorten it", f"{field} 最多 {most} 个字符：请缩短"
        )
    return text


def checked_phone(phone: str | None) -> str | None:
    """A phone number as it is kept: digits, with + before a country's. Invalid for anything else; None for nothing."""
    kept = _normal_phone(phone or "")
    if not kept:
        return None
    if not _PHONE.fullmatch(kept):
        raise Invalid(
            "phone", "a phone number has 3 to 19 digits: check it", "手机号须为 3 至 19 位数字：请核对"
        )  # fmt: skip
    return kept


@contextmanager
def told_what_is_taken(s: WriteSession, check: Callable[[], None]) -> Iterator[None]:
    """Write within it what may be there once. `check` raises for what is taken: before, and again where somebody else
    was first by a moment and the unique index held."""
    check()
    try:
        with s.begin_nested():
            yield
    except IntegrityError:
        check()
        raise


def check_organisations(s: ReadSession, role: Role, brand_ids: Sequence[str], dealer_id: str | None) -> None:
    """Invalid unless a role has the organisations that it needs, and these are what they are called."""
    en, zh = ROLE_NAMES[role]
    if role not in WITHOUT_BRAND and not brand_ids:
        raise Invalid(
            "brand_id", f"a {en} belongs to a brand: give brand_id", f"{zh}须属于品牌：请填写 brand_id"
        )  # fmt: skip
    if role in OF_A_DEALER and dealer_id is None:
        raise Invalid(
            "dealer_id", f"a {en} belongs to a dealer: give dealer_id", f"{zh}须属于经销商：请填写 dealer_id"
        )  # fmt: skip
    for kind, given in (*(("brand", brand_id) for brand_id in brand_ids), ("dealer", dealer_id)):
        if given is not None and s.scalar(select(Organisation.kind).where(Organisation.id == given)) != kind:
            raise Invalid(
                f"{kind}_id", f"there is no such {kind}: give the id of one", "该组织不存在：请填写正确的编号"
            )


def check_free(s: ReadSession, field: str, value: str | None, but: str | None = None) -> None:
    """Invalid where somebody else (`but` aside) signs in with this login or phone."""
    taken = _by_login(value or "")
    with unscoped("a login or a phone is taken in whichever brand").of(s):
        other = None if value is None else s.scalar(taken.where(User.id != but) if but else taken)
    if other is not None:
        raise Invalid(
            field,
            f"this {field} is taken: choose another",
            f"该{'手机号' if field == 'phone' else '账号'}已被占用：请更换",
            code="taken",
        )


def authenticate(database: Database, login: str, password: str) -> User:
    """The active user with this login or phone and this password; Unauthenticated. The caller counts the tries
    (`crm.people.tries`).

    Takes the database, not a session: the slow hash must not hold one.
    """
    with database.read(unscoped("who signs in is not known yet")) as reading:
        user = reading.scalar(_by_login(normal_login(login)))
    if not password_matches(password, user.password_hash if user is not None and user.active else None):
        raise Unauthenticated(
            "login and password do not match: check both and try again", "账号或密码错误：请核对后重试"
        )
    assert user is not None
    return user


def current_user(s: ReadSession, user_id: str) -> User:
    """The user of a token; Unauthenticated if he no longer exists or was closed since."""
    user = s.get(User, user_id)
    if user is None or not user.active:
        raise Unauthenticated("this sign-in is no longer valid: sign in again", "登录已失效：请重新登录")
    return user


def organisations(s: ReadSession, ids: set[str]) -> dict[str, Organisation]:
    """The organisations with these ids, by id (names on a page; no scope: a name is no secret to its
    member)."""
    return {each.id: each for each in s.scalars(select(Organisation).where(Organisation.id.in_(ids)))}


def set_keys(s: WriteSession, scope: Scope, on: bool) -> User:
    """Whether letters on the review page do anything for the caller."""
    user = current_user(s, scope.user_id)
    user.keys = on
    return user


def normal_login(login: str) -> str:
    """A login as it is kept and compared."""
    return login.strip().lower()[:60]


def tried_name(login: str) -> str:
    """What wrong tries at a login count for: a phone is one however it is written, as it is where one signs in."""
    login = normal_login(login)
    phone = _normal_phone(login)
    return phone if _PHONE.fullmatch(phone) else login


def check_proved(s: WriteSession, user: User) -> None:
    """Unauthenticated where the account was closed, or got another password, since `user` proved his: its sign-ins
    have ended, and none may begin after. Neither happens before this transaction ends."""
    going_on = select(User.password_hash).where(User.id == user.id, User.active)
    if s.scalar(going_on.with_for_update(read=True)) != user.password_hash:
        raise Unauthenticated("this sign-in is no longer valid: sign in again", "登录已失效：请重新登录")


def _normal_phone(phone: str) -> str:
    """Without what people put between digits; digits as wide as they are in Chinese text are digits."""
    return re.sub(r"[\s().-]", "", unicodedata.normalize("NFKC", phone))


def _by_login(login: str) -> Select[User]:
    return select(User).where(or_(User.login == login, User.phone.in_({login, _normal_phone(login)})))
