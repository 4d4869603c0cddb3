"""The shapes of stops of automatic pay."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Answer, Id, Request
from crm.stops.tables import REASON_CHARS_MAX, TARGET_LENGTH
from pipeline.texts import Text

Reason = Annotated[str, Field(min_length=1, max_length=REASON_CHARS_MAX, description="Why: others will read it")]


class StopIn(Request):
    kind: Literal["task", "sku", "model", "brand"]
    target: Annotated[
        str,
        Field(
            min_length=1,
            max_length=TARGET_LENGTH,
            description="A task's id, a SKU's code, a model version as 'detector:3', or the brand's id",
        ),
    ]
    reason: Reason
    brand_id: Annotated[
        Id | None, Field(description="For an admin, who has no brand; a model version without it: of all brands")
    ] = None


class OpeningIn(Request):
    reason: Reason


class StopOut(Answer):
    id: str
    kind: str
    target: str
    brand_id: Annotated[str | None, Field(description="null: all brands")]
    name: Text
    reason: str
    by: Annotated[str, Field(description="The name of who stopped it, or the account that worked on the database")]
    created_at: datetime
    opened_at: Annotated[datetime | None, Field(description="null: in force")]
    opened_by: str | None
    opening_reason: str | None


class TargetOut(Answer):
    kind: str
    target: str
    brand_id: Annotated[str | None, Field(description="null: all brands")]
    name: Text
    stops: Annotated[list[str], Field(description="Ids of the stops in force that name it")]
