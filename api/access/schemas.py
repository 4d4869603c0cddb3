"""The shapes of grants to dealers, and of the trail."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from api.dates import Day
from api.schemas import Answer, Id, Request

DataKind = Literal["outlets", "products", "tasks", "visits", "audits"]
Values = Annotated[
    dict[str, list[Annotated[str, Field(min_length=1, max_length=60)]]],
    Field(max_length=3, description="Columns, and the values that they may have: outlet_id, task_id, user_id, code"),
]


class GrantIn(Request):
    dealer_id: Id
    kind: DataKind
    starts_on: Annotated[Day | None, Field(description="A business day; null: today")] = None
    ends_on: Annotated[Day | None, Field(description="The last business day; null: until it is ended")] = None
    values: Values = Field(default_factory=dict)
    brand_id: Annotated[Id | None, Field(description="Only for an admin, who has no brand")] = None


class GrantOut(Answer):
    id: str
    brand_id: str
    dealer_id: str
    kind: str
    starts_on: date
    ends_on: date | None
    ended_at: datetime | None
    values: dict[str, list[str]]
    created_at: datetime


class TrailOut(Answer):
    id: str
    action: Annotated[str, Field(description="read, or what was done")]
    kind: Annotated[str, Field(description="Of the rows read; or user, rule, money, grant, price")]
    count: int
    subject_id: str | None
    fields: Annotated[list[str], Field(description="Names of what changed")]
    why: str
    brand_id: str | None
    dealer_id: str | None
    by_user_id: Annotated[str | None, Field(description="null: an operator, on the database itself, or the service")]
    operator: str | None
    created_at: datetime
