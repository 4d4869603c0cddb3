"""The shapes of requests and answers about trials of newly enrolled SKUs."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.numbers import Whole
from api.schemas import Answer, Id, Request
from pipeline.texts import Text


class FrontIn(Request):
    photo_id: Id
    front: Annotated[Whole, Field(ge=0, le=100_000, description="Its place among the photo's detections")]


class TicksIn(Request):
    ticked: Annotated[list[FrontIn], Field(max_length=2000, description="Fronts that show the SKU of their name")]
    sisters: Annotated[
        list[FrontIn], Field(max_length=2000, description="Fronts that show another SKU of the same brand")
    ]


class NextLookOut(Answer):
    displays: int
    wrong_max: int


class ChangeOut(Answer):
    state: Literal["open", "closed"]
    displays: int
    wrong: int
    with_sister: int
    created_at: datetime


class SkuTrialOut(Answer):
    """Where the trial of an enrolled SKU stands."""

    state: Annotated[
        Literal["trial", "open", "closed", "spent"],
        Field(description="open: pays without a person. spent: no look is left, other pictures begin a new trial"),
    ]
    displays: Annotated[int, Field(description="That would have been paid, and that a person has ticked, in a row")]
    wrong: int
    with_sister: int
    waiting: Annotated[int, Field(description="Displays that no person has ticked")]
    bound: Annotated[float, Field(description="The share of wrong payments is at most this, at an error of 5/3 %")]
    next_look: NextLookOut | None
    displays_missing: Annotated[int, Field(description="Until the next look")]
    with_sister_missing: Annotated[int, Field(description="Displays with a sister until it can open")]
    changes: list[ChangeOut]
    told: Annotated[Text, Field(description="The same in words, and what to do")]
