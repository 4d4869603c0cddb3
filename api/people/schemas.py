"""The shapes of signing in, of sessions, of who I am, and of organisations, accounts and invitations."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, Strict

from api.schemas import Answer, Id, NameIn, Request
from crm.access.scope import Role
from crm.people.passwords import PASSWORD_CHARS_MAX
from pipeline.texts import Text


class SignIn(Request):
    login: Annotated[str, Field(min_length=1, max_length=100, description="Login or phone number")]
    password: Annotated[str, Field(min_length=1, max_length=200)]
    brand_id: Annotated[Id | None, Field(description="For which brand, of those that one serves; else the first")] = (
        None
    )


class Session(Answer):
    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: Annotated[int, Field(description="Seconds, without use")]
    role: str


class SessionState(Answer):
    user_id: str
    ends_in: Annotated[int, Field(description="Seconds until it ends, without use")]
    latest_in: Annotated[int, Field(description="Seconds until it ends in any case")]


class OrganisationOut(Answer):
    id: str
    name: Text


class Me(Answer):
    id: str
    login: str
    name: str
    role: str
    brand: Annotated[OrganisationOut | None, Field(description="For which one acts in this sign-in")]
    brands: Annotated[list[OrganisationOut], Field(description="All that one serves: PUT /me/brand chooses")]
    dealer: OrganisationOut | None
    outlet_id: Annotated[str | None, Field(description="Of an outlet's owner")]
    keys: Annotated[bool, Field(description="Whether letters on the review page do anything")]
    must_change_password: Annotated[bool, Field(description="Nothing else can be done before")]


class BrandIn(Request):
    brand_id: Id


class KeysIn(Request):
    on: Annotated[bool, Strict()]


Login = Annotated[str, Field(min_length=1, max_length=60, description="Small and capital letters are the same")]

Phone = Annotated[str | None, Field(max_length=20, description="One may sign in by it, too")]

PersonName = Annotated[str, Field(min_length=1, max_length=80)]

Password = Annotated[str, Field(min_length=1, max_length=PASSWORD_CHARS_MAX)]


class OrganisationIn(Request):
    kind: Literal["brand", "dealer"]
    name: NameIn


class OrganisationRow(Answer):
    id: str
    kind: str
    name: Text


class UserIn(Request):
    login: Login
    name: PersonName
    role: Role
    phone: Phone = None
    brand_id: Annotated[Id | None, Field(description="Only for an admin, who has no brand")] = None
    dealer_id: Annotated[Id | None, Field(description="A rep's dealer, or who sends somebody to look")] = None
    outlet_id: Annotated[Id | None, Field(description="An outlet owner's outlet")] = None


class ServiceIn(Request):
    brand_id: Id
    outlet_id: Annotated[Id | None, Field(description="An outlet owner's outlet, as this brand knows it")] = None


class UserChange(Request):
    """What is left out stays."""

    name: PersonName | None = None
    phone: Phone = None
    role: Role | None = None
    dealer_id: Id | None = None
    active: Annotated[bool | None, Strict(), Field(description="false closes the account, true opens it again")] = None


class UserOut(Answer):
    id: str
    login: str
    name: str
    role: str
    phone: str | None
    brand_ids: Annotated[list[str], Field(description="Brands that the account serves, as far as the caller sees them")]
    dealer_id: str | None
    active: bool
    is_invited: Annotated[bool, Field(description="Whether a password was never chosen")]
    created_at: datetime


class AccountEventOut(Answer):
    kind: Annotated[str, Field(validation_alias="action")]
    fields: Annotated[list[str], Field(description="Names of what changed")]
    by_user_id: Annotated[str | None, Field(description="null: an operator, on the database itself")]
    operator: str | None
    created_at: datetime


class InvitationOut(Answer):
    link: Annotated[str, Field(description="Hand it to the person alone; it is told this once, and good once")]
    expires_at: datetime


class LinkIn(Request):
    token: Annotated[str, Field(min_length=1, max_length=100, description="What stands behind # in the link")]


class AcceptIn(LinkIn):
    password: Password


class NewPasswordIn(Request):
    new: Password


class PasswordIn(NewPasswordIn):
    old: Annotated[Password | None, Field(description="May be missing where the password must be changed")] = None
