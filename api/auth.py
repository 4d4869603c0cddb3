"""Who calls: from a bearer token or the pages' cookie to the crm's Scope. Nothing else makes a Scope from a request.

The cookie is HttpOnly and SameSite=Strict; an unsafe method that relies on it must also come from our own pages
(Origin). A token never stands in an address. It names a session, whose row says whether it goes on: a session that is
used (anything but reading; a page that is opened; a person who stays) goes on until `session_seconds` after signing in.
"""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer

from api.errors.codes import Problem
from api.services import Services, services_of
from api.tokens import Token, TokenExpiredError, TokenInvalidError
from crm.access.scope import Scope
from crm.access.session import unscoped
from crm.kernel.clock import utcnow
from crm.people import sessions
from crm.people.sessions import Current
from crm.people.tables import SignInSession

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


def read_token(request: Request, services: Services) -> Token | None:
    """The token of the request; None when there is none, Problem when it is bad."""
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
    return token


def set_cookie(response: Response, request: Request, services: Services, text: str) -> None:
    """Hand the pages their token; `Secure` wherever the connection, or the origin that we were told of, is https."""
    origin = services.settings.origin or ""
    secure = request.url.scheme == "https" or origin.startswith("https://")
    response.set_cookie(
        COOKIE,
        text,
        max_age=services.settings.session_seconds,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response) -> None:
    """Sign the browser out."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def use(services: Services, session: SignInSession) -> None:
    """The session is used: it goes on. At most a row is written in each tenth of the idle time."""
    idle = timedelta(seconds=services.settings.idle_seconds)
    if session.ends_at < min(utcnow() + idle * 0.9, session.latest_at):
        with services.database.write(unscoped("a sign-in session is nobody's to read by his scope")) as s:
            sessions.renew(s, session.id, idle)


def signed_in(
    request: Request,
    services: Annotated[Services, Depends(services_of)],
    _shown_in_openapi: Annotated[object, Depends(bearer_scheme)] = None,
) -> Current:
    """The caller, his session and his scope, by one query: who was signed out, closed or moved is so at once. What only
    reads does not count as use, since pages read by themselves."""
    token = read_token(request, services)
    if token is None:
        raise Problem("not_signed_in", headers={"WWW-Authenticate": 'Bearer realm="shelfproof"'})
    with services.database.read(unscoped("who calls is found before he has a scope")) as reading:
        found = sessions.current(reading, token.session_id)
    if request.method not in _SAFE:
        use(services, found.session)
    return found


SignedInCaller = Annotated[Current, Depends(signed_in)]


def caller_of_any_password(found: SignedInCaller) -> Scope:
    """The caller's Scope, also where his password must be changed first: for what he needs to do that."""
    return found.scope


def caller(found: SignedInCaller) -> Scope:
    """The caller's Scope, from the database. Problem `password_change_needed` for one who must change his password
    first."""
    if found.user.must_change_password:
        raise Problem("password_change_needed")
    return found.scope


Caller = Annotated[Scope, Depends(caller)]
CallerOfAnyPassword = Annotated[Scope, Depends(caller_of_any_password)]
