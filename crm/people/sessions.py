"""Sessions: a row for each sign-in. It ends at sign-out, when nobody uses it for a while, and at a latest time.

A token carries the row's id, so that a copied one is worth nothing once its session has ended.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from crm.access.scope import Scope, found
from crm.access.session import unscoped
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Invalid, NotFound, Unauthenticated
from crm.people.memberships import joined, scope_in, scope_of
from crm.people.tables import Membership, SignInSession, User

KEPT_FOR = timedelta(days=1)  # after its end


@dataclass(frozen=True)
class Current:
    """Who is signed in, in which session, and what he may see in the brand for which he acts there."""

    user: User
    session: SignInSession
    scope: Scope


def begin(s: WriteSession, user: User, idle: timedelta, most: timedelta, brand_id: str | None = None) -> SignInSession:
    """A session of a user who has just proved who he is: ends after `idle` without use, after `most` in any case. He
    acts for this brand of his, his first one where none is named. Invalid for one that he does not serve."""
    now = utcnow()
    try:
        scope = scope_in(s, user, brand_id)
        found(scope if brand_id in (None, scope.brand_id) else None, "this brand")
    except NotFound as error:
        raise Invalid("brand_id", "you do not serve this brand", "您不服务于该品牌") from error
    made = SignInSession(
        user_id=user.id,
        begun_at=now,
        ends_at=now + min(idle, most),
        latest_at=now + most,
        brand_id=scope.brand_id,
    )
    s.add(made)
    s.flush()
    return made


def current(s: ReadSession, session_id: str) -> Current:
    """Whose session this is, by one query. Unauthenticated where it has ended, or its user was closed."""
    statement = select(User, SignInSession, Membership).join(SignInSession, SignInSession.user_id == User.id)
    statement = statement.outerjoin(Membership, joined(session_id))
    row = s.execute(statement.where(SignInSession.id == session_id, SignInSession.ends_at > utcnow())).one_or_none()
    if row is None:
        raise Unauthenticated("this session has ended: sign in again", "登录已失效：请重新登录", code="session_expired")
    user, session, membership = row
    if not user.active:
        raise Unauthenticated("this sign-in is no longer valid: sign in again", "登录已失效：请重新登录")
    return Current(user, session, scope_of(user, membership))


def is_open_in(s: ReadSession, session_id: str, scope: Scope) -> bool:
    """Whether the session goes on, its user was not closed, and still acts in this scope."""
    try:
        with unscoped("a sign-in session is nobody's to read by his scope").of(s):
            return current(s, session_id).scope == scope
    except Unauthenticated:
        return False


def renew(s: WriteSession, session_id: str, idle: timedelta) -> datetime | None:
    """The session is used: it goes on for `idle` from now, not beyond its latest time. The new end; None where it has
    ended."""
    now = utcnow()
    row = s.scalar(
        select(SignInSession).where(SignInSession.id == session_id, SignInSession.ends_at > now).with_for_update()
    )
    if row is None:
        return None
    row.ends_at = min(now + idle, row.latest_at)
    return row.ends_at


def end(s: WriteSession, session_id: str) -> None:
    """Sign out; one that has ended stays so."""
    _end(s, SignInSession.id == session_id)


def end_all(s: WriteSession, user_id: str) -> None:
    """Sign a user out everywhere: his account was closed, or his password changed."""
    _end(s, SignInSession.user_id == user_id)


def clear(s: WriteSession) -> None:
    """Delete the rows that ended long ago."""
    s.execute(delete(SignInSession).where(SignInSession.ends_at < utcnow() - KEPT_FOR))


def _end(s: WriteSession, which: object) -> None:
    now = utcnow()
    with unscoped("who is signed out may be signed in elsewhere").of(s):
        s.execute(update(SignInSession).where(which, SignInSession.ends_at > now).values(ends_at=now))  # type: ignore[arg-type]
