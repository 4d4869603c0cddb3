"""Sessions: a row for each sign-in. It ends at sign-out, when nobody uses it for a while, and at a latest time.

A token carries the row's id, so that a copied one is worth nothing once its session has ended.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Unauthenticated
from crm.people.tables import SignInSession, User

KEPT_FOR = timedelta(days=1)  # after its end


def begin(s: WriteSession, user_id: str, idle: timedelta, most: timedelta) -> SignInSession:
    """A session of a user who has just proved who he is: ends after `idle` without use, after `most` in any case."""
    now = utcnow()
    made = SignInSession(user_id=user_id, begun_at=now, ends_at=now + min(idle, most), latest_at=now + most)
    s.add(made)
    s.flush()
    return made


def current(s: ReadSession, session_id: str) -> tuple[User, SignInSession]:
    """Whose session this is, by one query. Unauthenticated where it has ended, or its user was closed."""
    statement = select(User, SignInSession).join(SignInSession, SignInSession.user_id == User.id)
    row = s.execute(statement.where(SignInSession.id == session_id, SignInSession.ends_at > utcnow())).one_or_none()
    if row is None:
        raise Unauthenticated("this session has ended: sign in again", "登录已失效：请重新登录", code="session_expired")
    user, session = row
    if not user.active:
        raise Unauthenticated("this sign-in is no longer valid: sign in again", "登录已失效：请重新登录")
    return user, session


def is_open(s: ReadSession, session_id: str) -> bool:
    """Whether the session goes on and its user was not closed."""
    statement = select(SignInSession.id).join(User, SignInSession.user_id == User.id)
    going_on = statement.where(SignInSession.id == session_id, SignInSession.ends_at > utcnow(), User.active)
    return s.scalar(going_on) is not None


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
    s.execute(update(SignInSession).where(which, SignInSession.ends_at > now).values(ends_at=now))  # type: ignore[arg-type]
