"""The shapes of tasks, their versions and budgets, and of task claims."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.dates import Instant
from api.numbers import Whole
from api.schemas import Answer, Id, NameIn, Request
from pipeline.texts import Text

Period = Literal["once", "day", "week", "month"]


class ClauseOut(Answer):
    code: str
    label: Text
    on_fail: Literal["refuse", "review"]
    expression: str


class TaskOut(Answer):
    id: str
    code: str
    name: Text
    description: Text
    period: Period
    starts_at: datetime
    ends_at: datetime
    claim_hours: int
    state: Literal["draft", "open", "closed"]
    version: Annotated[int | None, Field(description="Number of the version in force; null for a draft")] = None
    displays_max: Annotated[
        int | None, Field(description="How many displays of one outlet are rewarded in one period; null for a draft")
    ] = None
    clauses: Annotated[list[ClauseOut], Field(default_factory=list)]


class DescriptionIn(Request):
    en: Annotated[str, Field(max_length=1000)] = ""
    zh: Annotated[str, Field(max_length=1000)] = ""


class TaskIn(Request):
    code: Annotated[str, Field(min_length=1, max_length=40)]
    name: NameIn
    description: DescriptionIn = DescriptionIn()
    period: Period = "month"
    starts_at: Instant
    ends_at: Instant
    claim_hours: Annotated[Whole, Field(ge=1, le=2400)] = 72
    brand_id: Annotated[Id | None, Field(description="Only for an admin, who has no brand")] = None

    def columns(self) -> dict[str, Any]:
        """The fields as `crm.tasks.service.create_task` takes them: a column for each language."""
        texts = {"name": self.name.en, "name_zh": self.name.zh}
        texts |= {"description": self.description.en, "description_zh": self.description.zh}
        return {name: getattr(self, name) for name in TaskIn.model_fields} | texts


class VersionIn(Request):
    rules: Annotated[dict[str, Any], Field(description="clauses, reward (GoRules decision graph), auto_limit_fen")]
    displays_max: Annotated[
        Whole, Field(ge=1, le=20, description="Displays of one outlet that are rewarded in one period, at most")
    ] = 1


class RulesOut(Answer):
    clauses: list[ClauseOut]
    reward: Annotated[dict[str, Any], Field(description="A decision graph of GoRules, as their engine takes it")]
    auto_limit_fen: Annotated[int, Field(description="Above it a person decides")]


class VersionOut(Answer):
    id: str
    task_id: str
    number: int
    rules: RulesOut
    displays_max: int
    published_at: datetime


class FundIn(Request):
    amount_fen: Annotated[Whole, Field(gt=0, le=10**12)]


class BudgetOut(Answer):
    task_id: str
    code: str
    name: Text
    balance_fen: int
    reserved_fen: Annotated[int, Field(description="Reserved by claims that hold, and not in balance_fen")]


class TaskClaimIn(Request):
    outlet_id: Id


class TaskClaimOut(Answer):
    id: str
    task_id: str
    task_version_id: str
    outlet_id: str
    state: str
    claimed_at: datetime
    expires_at: datetime
    displays_max: Annotated[
        int, Field(description="How many displays its version rewards; a newer version may reward another number")
    ]
