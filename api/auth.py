"""Who calls: from a bearer token or the pages' cookie to the crm's Scope. Nothing else makes a Scope from a request.

The cookie is HttpOnly and SameSite=Strict; an unsafe method that relies on it must also come from our own pages
(Origin). A token never stands in an address. It is short-lived; whoever uses the pages gets a new one in time,
until `session_seconds` after signing in.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer

from api.errors import Problem
from api.services import Services, services_of
from api.tokens import Token, TokenExpiredError, TokenInvalidError
from crm.people import service as people
from crm.scope import Scope

COOKIE = "shelfproof_session"
_SAFE = ("GET", "HEAD", "OPTIONS")

bearer_scheme = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The token of POST /api/v1/session")


def check_origin(request: Request, origin: str | None) -> None:
    """Problem `foreign_origin` unless the request comes from our own pages.

    The scheme is compared only when `origin` is set: behind a proxy we cannot know it.
    """
    given = request.headers.get("origin", "")
    if origin is not None:
        same = given == origin
    else:
        same = bool(given) and urlsplit(given).netloc == request.headers.get("host", "")
    if not same:
        raise Problem("foreign_origin")


def read_token(request: Request, services: Services) -> tuple[Token, bool] | None:
    """The token of the request and whether it came as a cookie; None when there is none, Problem when it is bad."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    by_cookie = kind.lower() != "bearer"
    text = request.cookies.get(COOKIE, "") if by_cookie else text.strip()
    if not text:
        return None
    challenge = {"WWW-Authenticate": 'Bearer realm="shelfproof", error="invalid_token"'}
    try:
        token = services.tokens.read(text)
    except TokenExpiredError as error:
        raise Problem("session_expired", headers=challenge) from error
    except TokenInvalidError as error:
        raise Problem("not_signed_in", headers=challenge) from error
    if by_cookie and request.method not in _SAFE:
        check_origin(request, services.settings.origin)
    return token, by_cookie


def set_cookie(response: Response, request: Request, services: Services, text: str) -> None:
    """Hand the pages their token; `Secure` wherever the connection, or the origin that we were told of, is https."""
    origin = services.settings.origin or ""
    secure = request.url.scheme == "https" or origin.startswith("https://")
    response.set_cookie(
        COOKIE, text, max_age=services.tokens.seconds, path="/", secure=secure, httponly=True, samesite="strict"
    )


def drop_cookie(response: Response) -> None:
    """Sign the browser out."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def renew_cookie(response: Response, request: Request, services: Services, token: Token) -> None:
    """A fresh cookie when half of the token's time has gone, until `session_seconds` after signing in."""
    now = services.tokens.now()
    in_session = now - token.signed_in_at < services.settings.session_seconds
    if in_session and now - token.issued_at > services.tokens.seconds / 2:
        set_cookie(response, request, services, services.tokens.issue(token.user_id, token.signed_in_at))


def caller_of_any_password(
    request: Request,
    response: Response,
    services: Annotated[Services, Depends(services_of)],
    _shown_in_openapi: Annotated[object, Depends(bearer_scheme)] = None,
) -> Scope:
    """The caller's Scope, also where his password must be changed first: for what he needs to do that."""
    return _caller(request, response, services)[0]


def caller(
    request: Request,
    response: Response,
    services: Annotated[Services, Depends(services_of)],
    _shown_in_openapi: Annotated[object, Depends(bearer_scheme)] = None,
) -> Scope:
    """The caller's Scope, from the database: who was closed or moved is so at once. Problem `password_change_needed`
    for one who must change his password first."""
    scope, must_change_password = _caller(request, response, services)
    if must_change_password:
        raise Problem("password_change_needed")
    return scope


def _caller(request: Request, response: Response, services: Services) -> tuple[Scope, bool]:
    found = read_token(request, services)
    if found is None:
        raise Problem("not_signed_in", headers={"WWW-Authenticate": 'Bearer realm="shelfproof"'})
    token, by_cookie = found
    with services.database.read() as session:
        user = people.current_user(session, token.user_id)
    if by_cookie:
        renew_cookie(response, request, services, token)
    return people.scope_of(user), user.must_change_password


Caller = Annotated[Scope, Depends(caller)]
CallerOfAnyPassword = Annotated[Scope, Depends(caller_of_any_password)]
