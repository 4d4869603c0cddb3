"""The shapes of photos on their way in."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.forms import Form
from api.numbers import Digits
from api.schemas import Answer, Id


class PhotoReceived(Answer):
    photo_id: str
    audit_id: str
    state: str
    links: dict[str, str]


class PhotoOut(Answer):
    id: str
    state: Annotated[str, Field(description="received, read or unreadable")]
    received_at: datetime
    width: int
    height: int
    audit_id: str
    audit_state: Annotated[str, Field(description="open, reading, in_review or decided")]
    photos_expected: int
    photos_received: int
    decided: Annotated[bool, Field(description="The audit has a decision, perhaps that a person must look")]
    links: dict[str, str]


class PhotoForm(Form):
    """The text fields beside a photo. `display` stays text: crm has one spelling for each number."""

    visit_id: Id
    claim_id: Id
    display: Annotated[str, Field(min_length=1, max_length=40)] = "1"
    photos_expected: Annotated[Digits, Field(ge=1, le=6)] = 1
    audit_id: Id | None = None
