"""Tokens: what they carry, and how long."""

import base64
import json

import pytest

from api.tokens import TokenExpiredError, TokenInvalidError, Tokens


def test_a_token_says_who_and_until_when_and_nothing_else() -> None:
    tokens = Tokens("s" * 48, 1800, clock=lambda: 1_000_000.0)
    text = tokens.issue("user-1")
    assert tokens.read(text).user_id == "user-1"
    middle = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp", "auth_time"}
    assert claims["exp"] == 1_001_800


def test_a_token_ends_and_a_renewal_remembers_the_sign_in() -> None:
    now = [1_000_000.0]
    tokens = Tokens("s" * 48, 1800, clock=lambda: now[0])
    text = tokens.issue("user-1")
    now[0] += 1799
    renewed = tokens.issue("user-1", tokens.read(text).signed_in_at)
    now[0] += 1
    with pytest.raises(TokenExpiredError):
        tokens.read(text)
    assert tokens.read(renewed).signed_in_at == 1_000_000


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "é", "." * 10_000])
def test_rubbish_is_no_token(text: str) -> None:
    with pytest.raises(TokenInvalidError):
        Tokens("s" * 48, 1800).read(text)
