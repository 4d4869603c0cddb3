"""The brands that a user serves, and the one for which he acts."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import IntegrityError

from crm.access.scope import OF_A_DEALER, WITHOUT_BRAND, Scope, found, known_role
from crm.access.session import unscoped
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, Invalid, Unauthenticated
from crm.people.tables import Membership, SignInSession, User


def serve(s: WriteSession, user: User, brand_id: str, outlet_id: str | None = None) -> Membership:
    """Let a user serve a brand from now on; `outlet_id`: the outlet of an outlet's owner. Invalid for an outlet owner
    without one, or where the outlet is none of the brand."""
    s.flush()
    if (user.role == "outlet") != (outlet_id is not None):
        raise Invalid(
            "outlet_id", "an outlet owner, and nobody else, needs an outlet", "店主须填写网点，其他角色不可填写"
        )
    membership = s.scalar(select(Membership).where(Membership.user_id == user.id, Membership.brand_id == brand_id))
    try:
        with s.begin_nested():
            if membership is None:
                membership = Membership(user_id=user.id, brand_id=brand_id, outlet_id=outlet_id)
                s.add(membership)
            membership.outlet_id, membership.ended_at = outlet_id, None
    except IntegrityError as error:
        raise Invalid(
            "outlet_id", "there is no such outlet of this brand", "该品牌没有此网点：请填写正确的编号"
        ) from error
    return membership


def leave(s: WriteSession, user: User, brand_id: str) -> None:
    """Let a user serve a brand no more; who acts for it is signed out. NotFound where he does not, Conflict
    `last_brand` where he serves no other."""
    with unscoped("whether he serves another brand is asked of all brands").of(s):
        mine = memberships(s, [user.id])
    membership = found(next((each for each in mine if each.brand_id == brand_id), None), "this brand")
    if len(mine) == 1 and user.role not in WITHOUT_BRAND:
        raise Conflict(
            "this is the only brand that the account serves: close the account instead",
            "该账户只服务于此品牌：请停用账户",
            code="last_brand",
        )
    now = utcnow()
    membership.ended_at = now
    acting = (SignInSession.user_id == user.id, SignInSession.brand_id == brand_id, SignInSession.ends_at > now)
    with unscoped("who is signed out may be signed in elsewhere").of(s):
        s.execute(update(SignInSession).where(*acting).values(ends_at=now))


def memberships(s: ReadSession, user_ids: Collection[str]) -> list[Membership]:
    """The brands that these users serve, of each the first one first."""
    mine = select(Membership).where(Membership.user_id.in_(user_ids), Membership.ended_at.is_(None))
    return list(s.scalars(mine.order_by(Membership.id)))


def scope_in(s: ReadSession, user: User, brand_id: str | None = None) -> Scope:
    """The scope in which this user acts for a brand of his, for his first one where none is named; of who acts for no
    brand in particular the same for each. NotFound for a brand that he does not serve, Unauthenticated where he serves
    none."""
    if user.role in WITHOUT_BRAND:
        return scope_of(user, None)
    mine = memberships(s, [user.id])
    if not mine:
        raise _serves_none()
    chosen = mine[0] if brand_id is None else next((each for each in mine if each.brand_id == brand_id), None)
    return scope_of(user, found(chosen, "this brand"))


def scope_of(user: User, membership: Membership | None) -> Scope:
    """The scope in which this user acts by a membership; Unauthenticated where he has none and needs one."""
    role = known_role(user.role)
    if role in WITHOUT_BRAND:
        return Scope(user.id, role)
    if membership is None:
        raise _serves_none()
    dealer_id = user.dealer_id if role in OF_A_DEALER else None
    return Scope(user.id, role, membership.brand_id, dealer_id, membership.outlet_id)


def choose(s: WriteSession, scope: Scope, session_id: str, brand_id: str) -> Scope:
    """Act for another brand of the caller's own in this sign-in from now on. NotFound where he does not serve it."""
    chosen = scope_in(s, s.get_one(User, scope.user_id), brand_id)
    found(chosen.brand_id, "this brand")  # an operator and an admin act for none in particular
    with unscoped("a sign-in session is nobody's to read by his scope").of(s):
        s.execute(update(SignInSession).where(SignInSession.id == session_id).values(brand_id=brand_id))
    return chosen


def joined(session_id: str) -> ColumnElement[bool]:
    """How the membership by which a sign-in acts joins its session."""
    return and_(
        Membership.user_id == SignInSession.user_id,
        Membership.brand_id == SignInSession.brand_id,
        Membership.ended_at.is_(None),
        SignInSession.id == session_id,
    )


def _serves_none() -> Unauthenticated:
    return Unauthenticated(
        "this account serves no brand any more: ask who manages it", "该账户已不服务任何品牌：请联系管理人员"
    )
