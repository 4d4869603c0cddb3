"""Passwords that people choose: by a one-time link, or in place of one that somebody set for them.

Of a link's token only the SHA-256 is stored. It is good for 72 hours and once; a newer one of the same person, a
password set otherwise and the closing of the account void it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update

from crm.access.session import unscoped
from crm.access.trail import By
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated
from crm.people import service as people
from crm.people import sessions
from crm.people.passwords import check_password, hash_password, password_matches
from crm.people.recording import record
from crm.people.tables import Invitation, User

GOOD_FOR = timedelta(hours=72)
TOKEN_BYTES = 32
PATH = "/welcome"


def link(origin: str, token: str) -> str:
    """The address that the person opens. The token stands behind '#': a browser sends that to no server, so it reaches
    no log."""
    return f"{origin.rstrip('/')}{PATH}#{token}"


def invite(s: WriteSession, by: By, user: User) -> tuple[str, datetime]:
    """A fresh token for this user, which voids earlier ones, and until when it is good; Invalid for a closed account.
    Whether the caller may invite him, the caller has asked."""
    if not user.active:
        raise Invalid(
            "user", "this account is closed: reopen it first", "该账户已停用，请先重新启用", code="account_closed"
        )
    void_links(s, user)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = utcnow() + GOOD_FOR
    with unscoped("a link is nobody's to read by his scope").of(s):
        s.add(Invitation(user_id=user.id, token_sha256=_digest(token), expires_at=expires_at))
    record(s, by, user, "invited")
    return token, expires_at


def void_links(s: WriteSession, user: User) -> None:
    """Links of this user that wait: for good, whether or not a closed account is opened again."""
    now = utcnow()
    waiting = (Invitation.user_id == user.id, Invitation.used_at.is_(None), Invitation.expires_at > now)
    with unscoped("a link is nobody's to read by his scope").of(s):
        s.execute(update(Invitation).where(*waiting).values(expires_at=now))


def invited(s: ReadSession, token: str) -> User:
    """Whose link this is. NotFound where it is none, or void; Conflict `link_used`, `link_expired`."""
    row = s.scalar(select(Invitation).where(Invitation.token_sha256 == _digest(token)))
    user = s.get(User, row.user_id) if row is not None else None
    if row is None or user is None or not user.active:
        raise NotFound("this link is not valid: ask for a new one", "链接无效，请索取新的链接", code="link_unknown")
    if row.used_at is not None:
        raise _used()
    if row.expires_at <= utcnow():  # also one that was voided
        raise Conflict(
            "this link is no longer valid: ask for a new one", "链接已失效，请索取新的链接", code="link_expired"
        )
    return user


def accept(database: Database, token: str, password: str) -> User:
    """Choose the password of an invitation; the link is used up. Raises what `invited` raises, and Invalid."""
    with database.read(unscoped("who has a link is not known yet")) as reading:
        check_password(password, invited(reading, token))
    hashed = hash_password(password)  # slow: not under the write lock
    with database.write(unscoped("who has a link is not known yet")) as s:
        row = s.scalar(select(Invitation).where(Invitation.token_sha256 == _digest(token)).with_for_update())
        user = invited(s, token)
        assert row is not None
        row.used_at = utcnow()
        _set(s, By(user_id=user.id), user, hashed)
        return user


def change_password(database: Database, user_id: str, old: str | None, new: str) -> User:
    """The caller's own password. `old` may be missing only where the present one must be changed: who just signed in
    with a password that somebody else knows proves nothing by giving it again. Unauthenticated, Invalid."""
    with database.read(unscoped("a password is nobody's to read by his scope")) as reading:
        user = people.current_user(reading, user_id)
        if (old is not None or not user.must_change_password) and not password_matches(old or "", user.password_hash):
            raise Unauthenticated(
                "this is not your present password: check it and try again",
                "当前密码不正确，请核对后重试",
                code="wrong_password",
            )
        if password_matches(new, user.password_hash):
            raise Invalid(
                "password",
                "this is the present password: choose another",
                "新密码与当前密码相同，请另选",
                code="password_same",
            )
        check_password(new, user)
    hashed = hash_password(new)
    with database.write(unscoped("a password is nobody's to read by his scope")) as s:
        user = s.get_one(User, user_id)
        _set(s, By(user_id=user_id), user, hashed)
        return user


def set_password(s: WriteSession, by: By, user: User, password: str, *, must_change: bool = True) -> None:
    """A password that somebody sets for another, who must change it at the next sign-in. Invalid."""
    check_password(password, user)
    _set(s, by, user, hash_password(password), must_change=must_change)


def _set(s: WriteSession, by: By, user: User, hashed: str, *, must_change: bool = False) -> None:
    user.password_hash, user.must_change_password = hashed, must_change
    void_links(s, user)  # whoever has one could put this password away again
    sessions.end_all(s, user.id)  # whoever was signed in by the former one
    record(s, by, user, "password")
    s.flush()


def _used() -> Conflict:
    return Conflict(
        "this link was used already: sign in, or ask for a new one",
        "链接已使用：请直接登录，或索取新的链接",
        code="link_used",
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
