"""Signing in, and who I am."""

from datetime import datetime, timedelta
from functools import partial

from fastapi import APIRouter, Request

from api.auth import Caller, CallerOfAnyPassword, SignedInCaller
from api.errors import Problem
from api.people_schemas import KeysIn, Me, OrganisationOut, Session, SessionState, SignIn
from api.routes.common import SIGNED_IN, problems
from api.services import Given, Services
from api.sign_in import begun, check
from crm.kernel.clock import utcnow
from crm.people import service as people
from crm.people import sessions
from crm.people.tables import SignInSession

router = APIRouter(tags=["people"])


@router.post("/session", responses=problems(401, 422, 429))
async def sign_in(body: SignIn, request: Request, services: Given) -> Session:
    """Sign in: a token for `Authorization: Bearer`, good for half an hour from its last use and for 12 hours in all.
    What only reads (GET) is no use."""
    return await services.hashing.run(partial(_sign_in, services, request, body))


def _sign_in(services: Services, request: Request, body: SignIn) -> Session:
    return begun(services, check(services, request, body.login, body.password))


@router.get("/session", responses=problems(401, 422))
def session(found: SignedInCaller) -> SessionState:
    """How long the caller's session goes on; asking is no use of it."""
    return _state(found.session)


@router.post("/session/renewal", responses=problems(*SIGNED_IN))
def renew(found: SignedInCaller, services: Given) -> SessionState:
    """The person is there, though no request says so: the session goes on, until its latest end."""
    with services.database.write() as s:
        ends_at = sessions.renew(s, found.session.id, timedelta(seconds=services.settings.idle_seconds))
    if ends_at is None:
        raise Problem("session_expired")
    return _state(found.session, ends_at)


@router.delete("/session", status_code=204, responses=problems(*SIGNED_IN))
def sign_out(found: SignedInCaller, services: Given) -> None:
    """Sign out: the token and each copy of it are worth nothing from now on."""
    with services.database.write() as s:
        sessions.end(s, found.session.id)


def _state(found: SignInSession, ends_at: datetime | None = None) -> SessionState:
    now = utcnow()
    ends_in, latest_in = ((each - now).total_seconds() for each in (ends_at or found.ends_at, found.latest_at))
    return SessionState(user_id=found.user_id, ends_in=int(ends_in), latest_in=int(latest_in))


@router.get("/me", responses=problems(401, 422))
def me(scope: CallerOfAnyPassword, services: Given) -> Me:
    """The signed-in user."""
    with services.database.read() as session:
        user = people.get_user(session, scope, scope.user_id)
        named = people.organisations(session, {each for each in (user.brand_id, user.dealer_id) if each})
    brand, dealer = named.get(user.brand_id or ""), named.get(user.dealer_id or "")
    return Me(
        id=user.id,
        login=user.login,
        name=user.name,
        role=user.role,
        brand=OrganisationOut.model_validate(brand) if brand else None,
        dealer=OrganisationOut.model_validate(dealer) if dealer else None,
        keys=user.keys,
        must_change_password=user.must_change_password,
    )


@router.put("/me/keys", status_code=204, responses=problems(*SIGNED_IN))
def set_keys(body: KeysIn, scope: Caller, services: Given) -> None:
    """Whether letters on the review page do anything; kept for the signed-in user."""
    with services.database.write() as session:
        people.set_keys(session, scope, body.on)
