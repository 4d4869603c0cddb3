"""Passwords, kept as argon2 hashes."""

from functools import lru_cache

from pwdlib import PasswordHash

from crm.errors import Invalid

PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX = 8, 200


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _hash_of_nobody() -> str:
    return _hasher().hash("no user has this password")


def hash_password(password: str) -> str:
    """An argon2id hash; Invalid for a password of fewer than 8 or more than 200 characters."""
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise Invalid(
            "password",
            f"a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters",
            f"密码须为 {PASSWORD_CHARS_MIN} 至 {PASSWORD_CHARS_MAX} 个字符",
        )
    return _hasher().hash(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether it matches; for an unknown user (None) it takes as long, and is False."""
    right = _hasher().verify(password[:PASSWORD_CHARS_MAX], password_hash or _hash_of_nobody())
    return right and password_hash is not None
