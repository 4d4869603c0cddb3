"""Sign-in tokens: JWT, HS256, short-lived. They carry who and until when, no name and nothing secret."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import jwt

_ISSUER = "shelfproof"
_AUDIENCE = "shelfproof-api"


class TokenExpiredError(ValueError):
    """The token was good once."""


class TokenInvalidError(ValueError):
    """The token is not one of ours."""


@dataclass(frozen=True)
class Token:
    """What a valid token says. Times in seconds since 1970."""

    user_id: str
    issued_at: int
    signed_in_at: int


class Tokens:
    """Makes and checks tokens with one secret."""

    def __init__(self, secret: str, seconds: int, clock: Callable[[], float] = time.time) -> None:
        self._secret, self.seconds, self._clock = secret, seconds, clock

    def now(self) -> int:
        """Seconds since 1970, by the clock of the tokens."""
        return int(self._clock())

    def issue(self, user_id: str, signed_in_at: int | None = None) -> str:
        """A token for `user_id`, good for `seconds`; a renewal passes on when the user signed in."""
        now = int(self._clock())
        claims = {
            "iss": _ISSUER, "aud": _AUDIENCE, "sub": user_id, "iat": now, "exp": now + self.seconds,
            "auth_time": now if signed_in_at is None else signed_in_at,
        }  # fmt: skip
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read(self, text: str) -> Token:
        """The token, checked; TokenExpiredError or TokenInvalidError."""
        try:
            claims = jwt.decode(
                text, self._secret, algorithms=["HS256"], issuer=_ISSUER, audience=_AUDIENCE,
                options={"require": ["exp", "iat", "sub", "auth_time"], "verify_exp": False, "verify_iat": False},
            )  # fmt: skip
            token = Token(str(claims["sub"]), int(claims["iat"]), int(claims["auth_time"]))
            expires_at = int(claims["exp"])
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise TokenInvalidError("the token is not valid") from error
        if expires_at <= self._clock():
            raise TokenExpiredError("the token has expired")
        return token
