"""Organisations, accounts, invitations, passwords."""

from typing import Any, Literal

from fastapi import APIRouter, Request

from api.account_schemas import (
    AcceptIn,
    AccountEventOut,
    InvitationOut,
    OrganisationIn,
    OrganisationRow,
    PasswordIn,
    UserChange,
    UserIn,
    UserOut,
)
from api.auth import Caller, CallerOfAnyPassword
from api.people_schemas import Session
from api.routes.common import SIGNED_IN, After, Limit, page, problems
from api.schemas import PageOf
from api.services import Given
from api.sign_in import begun, counted
from crm.kernel.errors import Invalid
from crm.people import accounts, inviting
from crm.people.recording import By

router = APIRouter(tags=["accounts"])
NEVER_EMPTY = ("name", "role", "active")


@router.get("/organisations", response_model=PageOf[OrganisationRow], responses=problems(*SIGNED_IN))
def list_organisations(
    scope: Caller, services: Given, kind: Literal["brand", "dealer"] | None = None, after: After = None,
    limit: Limit = 50,
) -> Any:  # fmt: skip
    """Admin: brands and dealers; manager: his brand, and the dealers."""
    with services.database.read() as session:
        return page(OrganisationRow, accounts.list_organisations(session, scope, kind, after, limit))


@router.post("/organisations", status_code=201, responses=problems(*SIGNED_IN))
def add_organisation(body: OrganisationIn, scope: Caller, services: Given) -> OrganisationRow:
    """Admin: a new brand or dealer; manager: a new dealer."""
    with services.database.write() as session:
        made = accounts.add_organisation(session, scope, body.kind, body.name, body.name_zh)
        return OrganisationRow.model_validate(made)


@router.get("/users", response_model=PageOf[UserOut], responses=problems(*SIGNED_IN))
def list_users(scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Manager: the accounts of his brand; admin: all."""
    with services.database.read() as session:
        return page(UserOut, accounts.list_users(session, scope, after, limit))


@router.post("/users", status_code=201, responses=problems(*SIGNED_IN, 404))
def add_user(body: UserIn, scope: Caller, services: Given) -> UserOut:
    """Manager: an auditor or a rep of his brand; admin: anybody. Without a password: invite the person."""
    with services.database.write() as session:
        made = accounts.add_user(
            session, scope, By(scope.user_id), login=body.login, name=body.name, role=body.role, phone=body.phone,
            brand_id=body.brand_id, dealer_id=body.dealer_id,
        )  # fmt: skip
        return UserOut.model_validate(made)


@router.get("/users/{user_id}", responses=problems(*SIGNED_IN, 404))
def get_user(user_id: str, scope: Caller, services: Given) -> UserOut:
    """Manager, admin: an account that one may change."""
    with services.database.read() as session:
        return UserOut.model_validate(accounts.managed_user(session, scope, user_id))


@router.patch("/users/{user_id}", responses=problems(*SIGNED_IN, 404, 409))
def change_user(user_id: str, body: UserChange, scope: Caller, services: Given) -> UserOut:
    """Manager, admin: change, close or reopen an account. Who is closed is signed out at once."""
    changes = body.model_dump(exclude_unset=True)
    for name in NEVER_EMPTY:
        if changes.get(name, "") is None:
            raise Invalid(
                name,
                f"{name} cannot be null: leave it out, or give a value",
                f"{name} 不能为空：请省略该字段或填写值",
            )
    with services.database.write() as session:
        return UserOut.model_validate(accounts.change_user(session, scope, By(scope.user_id), user_id, changes))


@router.get("/users/{user_id}/events", response_model=PageOf[AccountEventOut], responses=problems(*SIGNED_IN, 404))
def list_events(user_id: str, scope: Caller, services: Given, after: After = None, limit: Limit = 50) -> Any:
    """Manager, admin: what was done to an account, by whom and when."""
    with services.database.read() as session:
        return page(AccountEventOut, accounts.list_events(session, scope, user_id, after, limit))


@router.post("/users/{user_id}/invitations", status_code=201, responses=problems(*SIGNED_IN, 404))
def invite(user_id: str, request: Request, scope: Caller, services: Given) -> InvitationOut:
    """Manager, admin: a one-time link with which the person chooses a password. It voids earlier ones."""
    origin = services.settings.origin or str(request.base_url)
    with services.database.write() as session:
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
        return begun(services, user)

    return await services.hashing.run(work)
