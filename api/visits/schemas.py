"""The shapes of visits."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.dates import Instant
from api.numbers import Number
from api.schemas import Answer, Id, Request


class CheckIn(Request):
    outlet_id: Id
    lat: Annotated[Number | None, Field(ge=-90, le=90, description="Null where the device gives no location")]
    lon: Annotated[Number | None, Field(ge=-180, le=180)]
    at: Annotated[Instant | None, Field(description="The device's time of a check-in that was queued")] = None


class CheckOut(Request):
    at: Instant | None = None


class VisitOut(Answer):
    id: str
    outlet_id: str
    checked_in_at: datetime
    in_distance_m: float | None
    checked_out_at: datetime | None
