"""Passwords, kept as argon2 hashes."""

from functools import lru_cache
from typing import Protocol

from pwdlib import PasswordHash

from crm.kernel.errors import Invalid

PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX = 8, 200


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _hash_of_nobody() -> str:
    return _hasher().hash("no user has this password")


class Named(Protocol):
    """Whose password it is: what it must not be."""

    login: str
    name: str
    phone: str | None


def hash_password(password: str) -> str:
    """An argon2id hash; Invalid for a password of fewer than 8 or more than 200 characters."""
    _check_length(password)
    return _hasher().hash(password)


def check_password(password: str, owner: Named) -> None:
    """Invalid for a password that is too short or long, one character again and again, or what anybody knows of its
    owner."""
    _check_length(password)
    if len(set(password)) == 1:
        raise Invalid(
            "password", "one character again and again is no password", "密码不能是重复的单个字符", code="password_weak"
        )
    known = {each.strip().casefold() for each in (owner.login, owner.name, owner.phone or "")}
    if password.strip().casefold() in known:
        raise Invalid(
            "password",
            "a password is not one's login, name or phone number",
            "密码不能是账号、姓名或手机号",
            code="password_weak",
        )


def _check_length(password: str) -> None:
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise Invalid(
            "password",
            f"a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters",
            f"密码须为 {PASSWORD_CHARS_MIN} 至 {PASSWORD_CHARS_MAX} 个字符",
            code="password_length",
        )


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether it matches. For an unknown user (None), or one who has chosen none yet (''), it takes as long, and is
    False."""
    right = _hasher().verify(password[:PASSWORD_CHARS_MAX], password_hash or _hash_of_nobody())
    return right and bool(password_hash)
