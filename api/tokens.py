"""Sign-in tokens: JWT, HS256. They carry the session, whose row says whether it goes on, and nothing secret."""

from dataclasses import dataclass

import jwt

from crm.kernel.clock import utcnow

_ISSUER = "shelfproof"
_AUDIENCE = "shelfproof-api"


class TokenExpiredError(ValueError):
    """The token was good once."""


class TokenInvalidError(ValueError):
    """The token is not one of ours."""


@dataclass(frozen=True)
class Token:
    """What a valid token says."""

    user_id: str
    session_id: str


class Tokens:
    """Makes and checks tokens with one secret, each good for at most `seconds`."""

    def __init__(self, secret: str, seconds: int) -> None:
        self._secret, self._seconds = secret, seconds

    def issue(self, user_id: str, session_id: str) -> str:
        """A token for a session of this user."""
        now = int(utcnow().timestamp())
        claims = {
            "iss": _ISSUER, "aud": _AUDIENCE, "sub": user_id, "sid": session_id, "iat": now, "exp": now + self._seconds,
        }  # fmt: skip
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def read(self, text: str) -> Token:
        """The token, checked; TokenExpiredError or TokenInvalidError. Whether its session goes on, it does not know."""
        try:
            claims = jwt.decode(
                text, self._secret, algorithms=["HS256"], issuer=_ISSUER, audience=_AUDIENCE,
                options={"require": ["exp", "iat", "sub", "sid"], "verify_exp": False, "verify_iat": False},
            )  # fmt: skip
            token, expires_at = Token(str(claims["sub"]), str(claims["sid"])), int(claims["exp"])
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise TokenInvalidError("the token is not valid") from error
        if expires_at <= utcnow().timestamp():
            raise TokenExpiredError("the token has expired")
        return token
