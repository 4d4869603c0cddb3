"""Tokens: what they carry, and how long."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from api.tokens import Token, TokenExpiredError, TokenInvalidError, Tokens
from crm.kernel.clock import clock_in_use

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_token_says_which_session_and_until_when_and_nothing_else() -> None:
    tokens = Tokens("s" * 48, 1800)
    with clock_in_use(lambda: NOW):
        text = tokens.issue("user-1", "session-1")
        assert tokens.read(text) == Token("user-1", "session-1")
    middle = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp"}
    assert claims["exp"] == NOW.timestamp() + 1800


def test_a_token_ends() -> None:
    tokens = Tokens("s" * 48, 1800)
    with clock_in_use(lambda: NOW):
        text = tokens.issue("user-1", "session-1")
    with clock_in_use(lambda: NOW + timedelta(seconds=1800)), pytest.raises(TokenExpiredError):
        tokens.read(text)


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "é", "." * 10_000])
def test_rubbish_is_no_token(text: str) -> None:
    with pytest.raises(TokenInvalidError):
        Tokens("s" * 48, 1800).read(text)
