"""The shapes of signing in, of sessions, and of who I am."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from api.schemas import Answer, Request


class SignIn(Request):
    login: Annotated[str, Field(min_length=1, max_length=100, description="Login or phone number")]
    password: Annotated[str, Field(min_length=1, max_length=200)]


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
    name: str
    name_zh: str


class Me(Answer):
    id: str
    login: str
    name: str
    role: str
    brand: OrganisationOut | None
    dealer: OrganisationOut | None
    keys: Annotated[bool, Field(description="Whether letters on the review page do anything")]
    must_change_password: Annotated[bool, Field(description="Nothing else can be done before")]


class KeysIn(Request):
    on: Annotated[bool, Strict()]
