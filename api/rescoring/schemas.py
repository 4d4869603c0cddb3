"""The shapes of rescorings: photos read again with a SKU that was enrolled after them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Answer, Named


class RescoreLinks(Answer):
    """Addresses of its state, and of the photos on which the SKU was found."""

    state: Annotated[str, Field(alias="self")]
    placements: str


class RescoreOut(Answer):
    id: str
    code: str
    state: Literal["running", "done"]
    since: datetime
    until: Annotated[datetime, Field(description="Photos received later were read with the SKU")]
    photos: int
    read: Annotated[int, Field(description="How many of `photos` are read again")]
    found: Annotated[int, Field(description="On how many of them the SKU stands, in the best estimate")]
    links: RescoreLinks


class FacingsOut(Answer):
    low: int
    best: int
    high: int


class PlacementOut(Answer):
    photo_id: str
    audit_id: str
    outlet: Named
    received_at: datetime
    facings: FacingsOut
    picture: str
