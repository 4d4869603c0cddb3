"""Signing in, and who I am."""

from fastapi import APIRouter, Request

from api.auth import Caller, CallerOfAnyPassword
from api.errors import Problem
from api.routes.common import SIGNED_IN, problems
from api.schemas import KeysIn, Me, OrganisationOut, Session, SignIn
from api.services import Given, Services
from crm.people import service as people
from crm.people.tables import User

router = APIRouter(tags=["people"])


def limit_sign_ins(services: Services, request: Request, login: str) -> None:
    """Problem `too_many_requests` where a login, or an address, tries too often."""
    address = request.client.host if request.client else "?"
    for key in (f"login:{login.strip().lower()}", f"address:{address}"):
        wait = services.sign_ins.wait_seconds(key)
        if wait > 0:
            raise Problem("too_many_requests", headers={"Retry-After": str(int(wait) + 1)})


def sign_in_user(services: Services, request: Request, login: str, password: str) -> tuple[User, str]:
    """The user and a fresh token. Limited for each login and each address before the costly hash is made."""
    limit_sign_ins(services, request, login)
    user = people.authenticate(services.database, login, password)
    return user, services.tokens.issue(user.id)


@router.post("/session", responses=problems(401, 422, 429))
def sign_in(body: SignIn, request: Request, services: Given) -> Session:
    """Sign in: a token for `Authorization: Bearer`, good for half an hour."""
    user, token = sign_in_user(services, request, body.login, body.password)
    return Session(access_token=token, expires_in=services.tokens.seconds, role=user.role)


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
