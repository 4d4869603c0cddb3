"""Signing in, who I am, organisations, accounts, invitations, passwords."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request

from api.auth import Caller, CallerOfAnyPassword, SignedInCaller
from api.errors.codes import Problem
from api.errors.documented import SIGNED_IN, problems
from api.paging import After, Limit, PageOf, page
from api.people.schemas import (
    AcceptIn,
    AccountEventOut,
    BrandIn,
    InvitationOut,
    KeysIn,
    Me,
    OrganisationIn,
    OrganisationOut,
    OrganisationRow,
    PasswordIn,
    ServiceIn,
    Session,
    SessionState,
    SignIn,
    UserChange,
    UserIn,
    UserOut,
)
from api.people.sign_in import begun, check, counted
from api.services import Given, Services
from crm.access.scope import Scope
from crm.access.session import unscoped
from crm.access.trail import By
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession
from crm.kernel.errors import Invalid
from crm.people import accounts, inviting, memberships, sessions
from crm.people import service as people
from crm.people.sessions import Current
from crm.people.tables import SignInSession, User

router = APIRouter(tags=["people"])


@router.post("/session", responses=problems(401, 422, 429))
async def sign_in(body: SignIn, request: Request, services: Given) -> Session:
    """Sign in: a token for `Authorization: Bearer`, good for half an hour from its last use and for 12 hours in all.
    What only reads (GET) is no use."""
    return await services.hashing.run(partial(_sign_in, services, request, body))


def _sign_in(services: Services, request: Request, body: SignIn) -> Session:
    return begun(services, check(services, request, body.login, body.password), body.brand_id)


@router.get("/session", responses=problems(401, 422))
def session(found: SignedInCaller) -> SessionState:
    """How long the caller's session goes on; asking is no use of it."""
    return _state(found.session)


@router.post("/session/renewal", responses=problems(*SIGNED_IN))
def renew(found: SignedInCaller, services: Given) -> SessionState:
    """The person is there, though no request says so: the session goes on, until its latest end."""
    with services.database.write(unscoped("a sign-in session is nobody's to read by his scope")) as s:
        ends_at = sessions.renew(s, found.session.id, timedelta(seconds=services.settings.idle_seconds))
    if ends_at is None:
        raise Problem("session_expired")
    return _state(found.session, ends_at)


@router.delete("/session", status_code=204, responses=problems(*SIGNED_IN))
def sign_out(found: SignedInCaller, services: Given) -> None:
    """Sign out: the token and each copy of it are worth nothing from now on."""
    with services.database.write(unscoped("a sign-in session is nobody's to read by his scope")) as s:
        sessions.end(s, found.session.id)


def _state(found: SignInSession, ends_at: datetime | None = None) -> SessionState:
    now = utcnow()
    ends_in, latest_in = ((each - now).total_seconds() for each in (ends_at or found.ends_at, found.latest_at))
    return SessionState(user_id=found.user_id, ends_in=int(ends_in), latest_in=int(latest_in))


@router.get("/me", responses=problems(401, 422))
def me(found: SignedInCaller, services: Given) -> Me:
    """The signed-in user."""
    return _me(services, found, found.scope)


@router.put("/me/brand", responses=problems(*SIGNED_IN, 404))
def choose_brand(body: BrandIn, found: SignedInCaller, scope: Caller, services: Given) -> Me:
    """Act for another of the brands that one serves, in this sign-in, from now on."""
    with services.database.write(scope) as session:
        chosen = memberships.choose(session, scope, found.session.id, body.brand_id)
    return _me(services, found, chosen)


def _me(services: Services, found: Current, scope: Scope) -> Me:
    user = found.user
    with services.database.read(scope) as session:
        serving = [each.brand_id for each in memberships.memberships(session, [user.id])]
        named = people.organisations(session, {each for each in (*serving, user.dealer_id) if each})
    told = {organisation_id: OrganisationOut.model_validate(each) for organisation_id, each in named.items()}
    return Me(
        id=user.id,
        login=user.login,
        name=user.name,
        role=user.role,
        brand=told.get(scope.brand_id or ""),
        brands=[told[each] for each in serving],
        dealer=told.get(user.dealer_id or ""),
        outlet_id=scope.outlet_id,
        keys=user.keys,
        must_change_password=user.must_change_password,
    )


@router.put("/me/keys", status_code=204, responses=problems(*SIGNED_IN))
def set_keys(body: KeysIn, scope: Caller, services: Given) -> None:
    """Whether letters on the review page do anything; kept for the signed-in user."""
    with services.database.write(scope) as session:
        people.set_keys(session, scope, body.on)


NEVER_EMPTY = ("name", "role", "active")


@router.get("/organisations", response_model=PageOf[OrganisationRow], responses=problems(*SIGNED_IN))
def list_organisations(
    scope: Caller, services: Given, kind: Literal["brand", "dealer"] | None = None, after: After = None,
    limit: Limit = 50,
) -> Any:  # fmt: skip
    """Admin: brands and dealers; manager: his brand, and the dealers."""
    with services.database.read(scope) as session:
        return page(OrganisationRow, accounts.list_organisations(session, scope, kind, after, limit))


@router.post("/organisations", status_code=201, responses=problems(*SIGNED_IN, 409))
def add_organisation(body: OrganisationIn, scope: Caller, services: Given) -> OrganisationRow:
    """Admin: a new brand or dealer; manager: a new dealer."""
    with services.database.write(scope) as session:
        made = accounts.add_organisation(session, scope, body.kind, body.name.en, body.name.zh)
        return OrganisationRow.model_validate(made)


@router.get("/users", response_model=PageOf[UserOut], responses=problems(*SIGNED_IN))
def list_users(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Manager: the accounts of his brand; dealer: its reps for this brand; admin: all."""
    with services.database.read(scope) as session:
        found = accounts.list_users(session, scope, after, limit)
        return {"items": _users(session, scope, found.items), "next": found.next}


@router.post("/users", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def add_user(body: UserIn, scope: Caller, services: Given) -> UserOut:
    """Manager: an auditor, rep, data person, dealer or outlet owner of his brand; admin: anybody. Without a password:
    invite the person."""
    with services.database.write(scope) as session:
        made = accounts.add_user(
            session, scope, By(scope.user_id), login=body.login, name=body.name, role=body.role, phone=body.phone,
            brand_ids=[body.brand_id] if body.brand_id else [], dealer_id=body.dealer_id, outlet_id=body.outlet_id,
        )  # fmt: skip
        return _user(session, scope, made)


@router.get("/users/{user_id}", responses=problems(*SIGNED_IN, 404))
def get_user(user_id: str, scope: Caller, services: Given) -> UserOut:
    """Manager, admin: an account that one may change, or could if it served no other brand."""
    with services.database.read(scope) as session:
        return _user(session, scope, accounts.seen_user(session, scope, user_id))


@router.patch("/users/{user_id}", responses=problems(*SIGNED_IN, 404, 409))
def change_user(user_id: str, body: UserChange, scope: Caller, services: Given) -> UserOut:
    """Manager, admin: change, close or reopen an account. Who is closed, or given another role or dealer, is signed out
    at once."""
    changes = body.model_dump(exclude_unset=True)
    for name in NEVER_EMPTY:
        if changes.get(name, "") is None:
            raise Invalid(
                name,
                f"{name} cannot be null: leave it out, or give a value",
                f"{name} 不能为空：请省略该字段或填写值",
            )
    with services.database.write(scope) as session:
        return _user(session, scope, accounts.change_user(session, scope, By(scope.user_id), user_id, changes))


@router.post("/users/{user_id}/brands", responses=problems(*SIGNED_IN, 404, 409))
def add_brand(user_id: str, body: ServiceIn, scope: Caller, services: Given) -> UserOut:
    """Admin: let an account serve a further brand."""
    with services.database.write(scope) as session:
        user = accounts.add_brand(session, scope, By(scope.user_id), user_id, body.brand_id, body.outlet_id)
        return _user(session, scope, user)


@router.delete("/users/{user_id}/brands/{brand_id}", responses=problems(*SIGNED_IN, 404, 409))
def end_brand(user_id: str, brand_id: str, scope: Caller, services: Given) -> UserOut:
    """Manager of the brand, admin: let an account serve a brand no more. Who acts for it is signed out."""
    with services.database.write(scope) as session:
        return _user(session, scope, accounts.end_brand(session, scope, By(scope.user_id), user_id, brand_id))


@router.get("/users/{user_id}/events", response_model=PageOf[AccountEventOut], responses=problems(*SIGNED_IN, 404))
def list_events(user_id: str, scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Manager, admin: what was done to an account, by whom and when."""
    with services.database.read(scope) as session:
        return page(AccountEventOut, accounts.list_events(session, scope, user_id, after, limit))


@router.post("/users/{user_id}/invitations", status_code=201, responses=problems(*SIGNED_IN, 404, 409))
def invite(user_id: str, request: Request, scope: Caller, services: Given) -> InvitationOut:
    """Manager, admin: a one-time link with which the person chooses a password. It voids earlier ones."""
    origin = services.settings.origin or str(request.base_url)
    with services.database.write(scope) as session:
        user = accounts.managed_user(session, scope, user_id)
        token, expires_at = inviting.invite(session, By(scope.user_id), user)
    return InvitationOut(link=inviting.link(origin, token), expires_at=expires_at)


@router.post("/invitations", responses=problems(404, 409, 422))
async def accept(body: AcceptIn, services: Given) -> Session:
    """Choose a password by a one-time link, and be signed in. A token is too long to be guessed."""

    def work() -> Session:
        return begun(services, inviting.accept(services.database, body.token, body.password))

    return await services.hashing.run(work)


@router.put("/me/password", responses=problems(*SIGNED_IN, 429))
async def change_password(body: PasswordIn, request: Request, scope: CallerOfAnyPassword, services: Given) -> Session:
    """One's own password; other sign-ins end, this one goes on with the token that is answered."""

    def work() -> Session:
        with counted(services, request, scope.user_id):
            user = inviting.change_password(services.database, scope.user_id, body.old, body.new)
        return begun(services, user, scope.brand_id)

    return await services.hashing.run(work)


def _users(session: ReadSession, scope: Scope, users: Sequence[User]) -> list[UserOut]:
    """Which other brands an account serves is told to admins alone."""
    serving: dict[str, list[str]] = {user.id: [] for user in users}
    for each in memberships.memberships(session, serving):
        if scope.brand_id in (None, each.brand_id):
            serving[each.user_id].append(each.brand_id)
    names = [name for name in UserOut.model_fields if name != "brand_ids"]
    return [
        UserOut(**{name: getattr(user, name) for name in names}, brand_ids=serving[user.id]) for user in users
    ]  # fmt: skip


def _user(session: ReadSession, scope: Scope, user: User) -> UserOut:
    return _users(session, scope, [user])[0]
